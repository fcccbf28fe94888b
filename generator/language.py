"""Texts with their labels, from a mood, a brand and an author."""

from dataclasses import dataclass, replace
from random import Random

from generator.authors import Author
from generator.grammar import pick, say, tables
from generator.scenario import Brand, Incident
from generator.slots import PRICES, Slot
from generator.style import join, roughen
from generator.world import regions

SENTIMENT = {
    "complaint": "negative", "sarcasm": "negative", "praise": "positive",
    "question": "neutral", "news": "neutral", "joke": "neutral", "chat": "neutral", "offer": "neutral",
    "promo": "neutral", "care": "neutral",
}  # fmt: skip
_SUBJECTIVITY = {"question": 0.15, "news": 0.05, "joke": 0.6, "chat": 0.25, "offer": 0.15, "promo": 0.2, "care": 0.2}
_COMPLAINTS = {
    "service": 22, "delay": 16, "billing": 14, "technical": 13, "cancellation": 8, "staff": 8,
    "lost_or_damaged": 7, "booking": 5, "safety_or_fraud": 4, "other": 3,
}  # fmt: skip
CAUSES = {
    "delay": "staff shortage", "cancellation": "the storm", "technical": "a system fault",
    "billing": "a billing error", "service": "a staffing problem", "safety_or_fraud": "a security problem",
}  # fmt: skip
SIGNS = {"negative": "neg", "positive": "pos", "neutral": "neutral"}


@dataclass(frozen=True, slots=True)
class Words:
    """A text as typed (not escaped) with its true labels; ``subjectivity`` 0..1."""

    text: str
    lang: str
    mood: str
    sentiment: str
    is_complaint: bool
    category: str
    subjectivity: float
    is_sarcastic: bool = False


class Speech:
    """The context of a text: everything that its phrases may refer to."""

    def __init__(self, rng: Random, brand: Brand, author: Author, incident: Incident | None = None) -> None:
        self.rng, self.brand, self.author = rng, brand, author
        self.tables = tables("common", brand.industry)
        cause = (incident.cause or CAUSES.get(incident.category, "a problem")) if incident else "a problem"
        struck = next((r.city for r in regions() if incident and r.key == incident.region), None)
        city = struck or (author.region.city if rng.random() < 0.9 else rng.choice(regions()).city)
        price = PRICES[brand.industry]
        self.slots: dict[str, Slot | str] = {
            "brand": _called(rng, brand), "city": city, "cause": cause, "money": price, "money2": price,
        }  # fmt: skip

    def say(self, table: str) -> str:
        """One phrase of a table."""
        return say(pick(self.rng, self.tables[table]), self.rng, self.tables, self.slots)

    def maybe(self, chance: float, table: str) -> list[str]:
        """A list with one phrase of a table, or an empty one."""
        return [self.say(table)] if self.rng.random() < chance else []


def _called(rng: Random, brand: Brand) -> str:
    chance = rng.random()
    return f"@{brand.handle}" if chance < 0.5 else brand.name if chance < 0.75 else brand.name.split()[0]


def write(
    rng: Random, brand: Brand, author: Author, mood: str, category: str = "", incident: Incident | None = None,
    length: int = 1,
) -> Words:  # fmt: skip
    """A text of ``author`` about ``brand`` in a mood; ``length`` 2 or more makes a long post."""
    if author.language != "en" and rng.random() < 0.8 and length == 1:
        return foreign(rng, brand, author, mood)
    speech = Speech(rng, brand, author, incident)
    if mood in ("complaint", "sarcasm"):
        return _complain(speech, mood, category, incident, length)
    if mood == "praise":
        return _praise(speech, category, length)
    if mood == "offer" and speech.rng.random() < 0.4:
        text = finish(speech, [*_offer(speech, mood), speech.say("pos_feeling")], "pos", heat=0.4, emoji=0.3)
        return Words(text, "en", mood, "positive", False, "other", 0.6)
    parts = {"question": _question, "news": _news, "offer": _offer, "promo": _promo}.get(mood, _plain)(speech, mood)
    text = finish(speech, parts, "neutral", heat=0.15, emoji=0.12 if mood != "news" else 0.03)
    return Words(text, "en", mood, SENTIMENT[mood], False, "other", _SUBJECTIVITY[mood])


def foreign(rng: Random, brand: Brand, author: Author, mood: str) -> Words:
    """A short text in the author's own language."""
    speech = Speech(rng, brand, author)
    sentiment = SENTIMENT[mood]
    phrase = say(
        pick(rng, tables("languages")[f"{author.language}.{SIGNS[sentiment]}"]), rng, speech.tables, speech.slots
    )
    parts = [phrase, *speech.maybe(0.25, f"emoji_{SIGNS[sentiment]}")]
    text = place_brand(speech, " ".join(parts))
    is_complaint = mood in ("complaint", "sarcasm")
    category = "service" if is_complaint else "other"
    return Words(text, author.language, mood, sentiment, is_complaint, category, 0.2 if sentiment == "neutral" else 0.8)


def _complain(speech: Speech, mood: str, category: str, incident: Incident | None, length: int) -> Words:
    rng = speech.rng
    category = category or rng.choices(tuple(_COMPLAINTS), tuple(_COMPLAINTS.values()))[0]
    table = "incident" if incident else "sarcasm" if mood == "sarcasm" else f"complaint.{category}"
    opener = speech.maybe(0.34, "neg_opener")
    middle = [speech.say(table)]
    for _ in range(length - 1):
        middle += [speech.say("neg_detail"), speech.say(f"complaint.{category}"), speech.say("neg_feeling")]
    details = speech.maybe(0.3, "neg_detail")
    feelings = speech.maybe(0.5 if mood == "complaint" else 0.1, "neg_feeling")
    endings = speech.maybe(0.3, "neg_ending") + speech.maybe(0.08, "neg_tag")
    if rng.random() < 0.25:
        parts = opener + feelings + middle + details + endings
    else:
        parts = opener + middle + details + feelings + endings
    text = finish(speech, parts, "neg", heat=0.9, emoji=0.16)
    opinion = 0.95 if feelings or length > 1 else 0.8 if mood == "sarcasm" else 0.55
    is_sarcastic = mood == "sarcasm" and not incident
    return Words(text, "en", mood, "negative", True, category, opinion, is_sarcastic)


def _praise(speech: Speech, category: str, length: int) -> Words:
    rng = speech.rng
    known = [name.split(".")[1] for name in speech.tables if name.startswith("praise.")]
    category = category if category in known else rng.choice((*known, "service", "service", "staff"))
    opener = speech.maybe(0.34, "pos_opener")
    middle = [speech.say(f"praise.{category}")]
    for _ in range(length - 1):
        middle += [speech.say("pos_detail"), speech.say("pos_feeling"), speech.say(f"praise.{rng.choice(known)}")]
    feelings = speech.maybe(0.62, "pos_feeling")
    rest = speech.maybe(0.28, "pos_detail")
    endings = speech.maybe(0.3, "pos_ending") + speech.maybe(0.1, "pos_tag")
    parts = (
        opener + feelings + middle + rest + endings
        if rng.random() < 0.3
        else opener + middle + rest + feelings + endings
    )
    text = finish(speech, parts, "pos", heat=0.5, emoji=0.28)
    return Words(text, "en", "praise", "positive", False, category, 0.9 if feelings else 0.7)


def _question(speech: Speech, _mood: str) -> list[str]:
    return [*speech.maybe(0.6, "question_opener"), speech.say("question"), *speech.maybe(0.55, "question_ending")]


def _news(speech: Speech, _mood: str) -> list[str]:
    return [speech.say("news"), *speech.maybe(0.7, "news_source")]


def _offer(speech: Speech, _mood: str) -> list[str]:
    return [speech.say("offer"), *speech.maybe(0.65, "offer_ending"), *speech.maybe(0.3, "offer_ending")]


def _promo(speech: Speech, _mood: str) -> list[str]:
    return [speech.say("promo"), *speech.maybe(0.3, "offer_ending")]


def _plain(speech: Speech, mood: str) -> list[str]:
    return [speech.say(mood)]


def finish(speech: Speech, parts: list[str], sign: str, heat: float, emoji: float) -> str:
    """The parts in the author's style, with the brand's name and perhaps an emoji."""
    text = join(speech.rng, speech.author, parts)
    text = roughen(speech.rng, speech.author, text, heat)
    if speech.rng.random() < emoji:
        text += " " + speech.say(f"emoji_{sign}")
    return place_brand(speech, text)


def place_brand(speech: Speech, text: str) -> str:
    """``text`` with the brand's name added if it is missing."""
    name, handle = speech.brand.name.split()[0], f"@{speech.brand.handle}"
    if speech.author.number < 0 or handle in text or name.lower() in text.lower():
        return text
    chance = speech.rng.random()
    if chance < 0.55:
        return f"{handle} {text}"
    return f"{text} {handle}" if chance < 0.85 else f"{text} #{name}"


def calm(words: Words, text: str) -> Words:
    """``words`` with another text and the same labels."""
    return replace(words, text=text)
