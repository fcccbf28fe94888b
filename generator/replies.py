"""Reactions: agreement, disagreement, answers of the brand, follow-ups, quotes."""

from random import Random

from generator.authors import Author
from generator.language import SENTIMENT, SIGNS, Speech, Words, finish, write
from generator.scenario import Brand
from generator.world import draw


def reply(rng: Random, brand: Brand, author: Author, to: Words) -> Words:
    """A reply of another author to ``to``."""
    if rng.random() < 0.5 or author.language != "en":
        return write(rng, brand, author, _own_mood(rng, author), to.category)
    if to.sentiment == "neutral":
        return _react(rng, brand, author, to, "middling", "neutral")
    chance = rng.random()
    if chance < 0.12:
        contrary = "positive" if to.sentiment == "negative" else "negative"
        return _react(rng, brand, author, to, f"disagree_{SIGNS[contrary]}", contrary)
    if chance < 0.24:
        return _react(rng, brand, author, to, "middling", "neutral")
    return _react(rng, brand, author, to, f"agree_{SIGNS[to.sentiment]}", to.sentiment)


def quote(rng: Random, brand: Brand, author: Author, to: Words) -> Words:
    """The comment of a quote tweet."""
    if rng.random() < 0.5 or author.language != "en":
        return write(rng, brand, author, _own_mood(rng, author), to.category)
    sentiment = to.sentiment if rng.random() < 0.6 else "neutral"
    return _react(rng, brand, author, to, f"quote_{SIGNS[sentiment]}", sentiment)


def care(rng: Random, brand: Brand, account: Author, to: Words) -> Words:
    """A reply of the brand's own account."""
    text = Speech(rng, brand, account).say("care_pos" if to.sentiment == "positive" else "care")
    return Words(text, "en", "care", "neutral" if to.sentiment != "positive" else "positive", False, to.category, 0.2)


def follow_up(rng: Random, brand: Brand, author: Author, to: Words) -> Words:
    """The first author's reaction to the brand's reply."""
    is_solved = rng.random() < 0.35
    if to.mood == "question":
        table = "thanks_answer" if is_solved else "no_answer"
    else:
        table = "follow_up_good" if is_solved else "follow_up_bad"
    return _react(rng, brand, author, to, table, "positive" if is_solved else "negative")


def _own_mood(rng: Random, author: Author) -> str:
    mood = draw(rng, author.segment.moods)
    return "chat" if mood in ("news", "offer") and rng.random() < 0.3 else mood


def _react(rng: Random, brand: Brand, author: Author, to: Words, table: str, sentiment: str) -> Words:
    speech = Speech(rng, brand, author)
    parts = [speech.say(table)]
    sign = SIGNS[sentiment]
    is_complaint = sentiment == "negative"
    if is_complaint and to.is_complaint and rng.random() < 0.6:
        parts.append(speech.say(f"complaint.{to.category}"))
    if sentiment == "positive" and rng.random() < 0.5:
        parts.append(speech.say("pos_feeling"))
    if sentiment == "neutral" and rng.random() < 0.4:
        parts.append(speech.say("quote_neutral"))
    parts += speech.maybe(0.35, f"{sign}_detail") if sign != "neutral" else []
    text = finish(speech, parts, sign, heat=0.4, emoji=0.2)
    mood = {"negative": "complaint", "positive": "praise"}.get(sentiment, "chat")
    return Words(text, "en", mood, SENTIMENT[mood], is_complaint, to.category, 0.3 if mood == "chat" else 0.7)
