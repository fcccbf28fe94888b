"""Sentences made from figures. Scores and shares are 0..1 in the data, 0 to 100 in words."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from conf.brand.files import read_brand

Change = dict[str, Any]
LABELS = {
    "sentiment_mean": "Sentiment",
    "complaint_share": "Complaints",
    "negative_share": "Negative authors",
    "positive_share": "Positive authors",
}
MEANINGS = {
    "sentiment_mean": "mean score of the authors, 0 all negative to 100 all positive",
    "complaint_share": "mean share of complaints among an author's tweets",
    "negative_share": "mean share of negative tweets of an author",
    "positive_share": "mean share of positive tweets of an author",
}
WORSE_WHEN_HIGHER = {"complaint_share", "negative_share"}
BETTER_WHEN_HIGHER = {"sentiment_mean", "positive_share"}
KINDS = {
    "topics": "Talk about",
    "categories": "Complaints about",
    "languages": "Authors writing in",
    "regions": "Authors in",
}
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "pt": "Portuguese",
    "ja": "Japanese",
    "ar": "Arabic",
    "it": "Italian",
    "nl": "Dutch",
    "tr": "Turkish",
    "hi": "Hindi",
    "ko": "Korean",
    "und": "an unknown language",
}
PERCENT = "\N{NO-BREAK SPACE}%"
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def brand_name(slug: str) -> str:
    """The first of the brand's names that is one; else the name in paths, as a word."""
    named = (name for name in read_brand(slug).names if name[0] not in "#@$")
    return next(named, slug.replace("_", " ").replace("-", " ").title())


def name_of(kind: str, name: str) -> str:
    """The name of a category, language or region as a reader of the page says it."""
    if kind == "languages":
        return LANGUAGES.get(name, name)
    return name if kind in ("regions", "topics") else name.replace("_", " ")


def subject_of(change: Change) -> str:
    if change["kind"] == "figure":
        return LABELS[change["name"]]
    return f"{KINDS[change['kind']]} {name_of(change['kind'], change['name'])}"


def verdict(change: Change) -> str:
    """better, worse, or neither: chance could have done it, or it is neither good nor bad."""
    rose, name = change["change"] > 0, change["name"]
    is_bad = name in WORSE_WHEN_HIGHER or change["kind"] == "categories"
    if change["is_chance"] or not change["change"] or not (is_bad or name in BETTER_WHEN_HIGHER):
        return "neither"
    return "worse" if rose == is_bad else "better"


def points(value: float) -> str:
    """A difference of scores or shares, signed: +6, −6, 0."""
    rounded = round(100 * value)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded)}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{round(100 * value)}{PERCENT}"


def counted(number: int, noun: str) -> str:
    words = SMALL_NUMBERS[number] if number < len(SMALL_NUMBERS) else f"{number:,}"
    return f"{words} {noun}{'' if number == 1 else 's'}"


def sentence(change: Change) -> str:
    """What changed, with both values."""
    now, then, unit = change["value"], change["before"], "" if change["name"] == "sentiment_mean" else PERCENT
    if now is None:
        return f"{subject_of(change)} fell below what is shown, from {round(100 * then)}{unit}"
    if then is None:
        return f"{subject_of(change)} rose to {round(100 * now)}{unit}, from below what is shown"
    if round(100 * change["change"]) == 0:
        return f"{subject_of(change)} stayed at {round(100 * now)}{unit}"
    verb = "rose" if change["change"] > 0 else "fell"
    return f"{subject_of(change)} {verb} from {round(100 * then)} to {round(100 * now)}{unit}"


def headline(
    brand: str, changes: Sequence[Change], worst_day: date | None, best_day: date | None, when: str = "this week"
) -> str:
    """The answer of the overview in one sentence: how sentiment moved, with which complaints, on which day."""
    found = next((each for each in changes if each["name"] == "sentiment_mean"), None)
    if found is None:
        return f"{brand} {when}"
    size = abs(round(100 * found["change"]))
    if found["is_chance"] or not size:
        moved = _largest(changes, None)
        if moved is None:
            return f"{brand} was steady {when}"
        return f"{brand} was steady {when}, but {_as_clause(moved)}"
    verb, day = ("lost", worst_day) if found["change"] < 0 else ("gained", best_day)
    parts = [f"{brand} {verb} {counted(size, 'point')} {when}"]
    reason = _largest(changes, "worse" if verb == "lost" else "better")
    if reason is not None:
        parts.append(f"as {_as_clause(reason)}")
    if day is not None:
        parts.append(f"most of all on {day:%A}")
    return ", ".join(parts)


def week_of(start: datetime, end: datetime, as_of: datetime | None) -> str:
    """Which week it is: this one until the next has passed, too."""
    is_recent = as_of is not None and as_of - end < end - start
    return "this week" if is_recent else f"in the week of {start:%-d %B}"


def explanation(change: Change, changes: Sequence[Change], extreme: Any) -> str:
    """What went with a change: the categories that moved in the same direction, and the day that stands out."""
    if change["is_chance"]:
        return "Within chance: the intervals of the two weeks overlap."
    if change["kind"] != "figure":
        of_what = "usable tweets" if change["kind"] == "topics" else "authors"
        return f"Share of the week's {of_what}, {span(change)}; {span(change, 'before_')} the week before."
    moved = [each for each in changes if each["kind"] == "categories" and verdict(each) == verdict(change)]
    parts = [f"{_capital(_as_clause(each))}" for each in moved[:2]]
    if extreme is not None and change["name"] == "sentiment_mean":
        side = "lowest" if change["change"] < 0 else "highest"
        parts.append(f"the {side} day was {extreme['started_at']:%A %-d %B}, at {round(100 * extreme[change['name']])}")
    if not parts:
        return f"Interval {span(change)}; {span(change, 'before_')} the week before. No category moved with it."
    return _capital("; ".join(parts)) + "."


def span(change: Change, prefix: str = "") -> str:
    low, high = change[f"{prefix}low"], change[f"{prefix}high"]
    known = change["value" if not prefix else "before"]
    text = f"{round(100 * low)} to {round(100 * high)}"
    return f"at most {round(100 * high)}" if known is None else text


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, to the unit that matters."""
    seconds = max(0, int((now - moment).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, unit)} ago"
    return "less than a minute ago"


def _largest(changes: Sequence[Change], wanted: str | None) -> Change | None:
    found = [each for each in changes if each["kind"] == "categories" and not each["is_chance"]]
    return next((each for each in found if wanted in (None, verdict(each))), None)


def _as_clause(change: Change) -> str:
    text = sentence(change)
    return f"{text[0].lower()}{text[1:]}"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
