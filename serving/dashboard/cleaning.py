"""Cleaning: which tweets say nothing of their own, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.http import HttpRequest

from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.dashboard import words
from serving.dashboard.filters import DAYS, chosen_days, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, export
from serving.readers import topics as reader
from serving.readers.rows import WHOLE

REASONS = {
    "language": "In a language that is not scored",
    "off_brand": "Mean something else than the brand",
    "bot_burst": "Twenty or more of one author in an hour",
    "giveaway": "Giveaways",
    "promotion": "Promotions",
    "retweet": "Retweets",
    "copy": "The same text again",
    "near_duplicate": "Nearly the same words again",
    "too_short": "Too short to be about something",
}
"""In the order of the funnel (models/topics/cleaning.py)."""
RAW, USABLE = "raw", "usable"


class Cleaning(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-topics", "dashboard/cleaning.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, days = path["brand"], chosen_days(request)
        newest = reader.read_cleaning(brandpulse(), brand, None, None, WHOLE)
        last = max((row["created_on"] for row in newest.rows), default=None)
        rows = [row for row in newest.rows if last is None or row["created_on"] > last - timedelta(days=days)]
        steps = funnel(rows)
        return {
            "headline": cleaning_headline(brand, steps),
            "steps": steps,
            "first": min((row["created_on"] for row in rows), default=None),
            "last": last,
            "ranges": options(DAYS, days),
            "csv": {"cleaning": export("cleaning", brand)},
            "run": newest.run,
            "as_of": newest.as_of,
        }


def cleaning_headline(brand: str, steps: Sequence[Content]) -> str:
    if not steps or not steps[0]["left"]:
        return f"No tweet about {words.brand_name(brand)} has been judged yet"
    share = words.percent(steps[-1]["left"] / steps[0]["left"])
    return f"{share} of the tweets about {words.brand_name(brand)} say something of their own"


def funnel(rows: Iterable[Document]) -> list[Content]:
    """From all tweets to the usable ones: what each reason takes away, and what is left."""
    first: dict[str, int] = defaultdict(int)
    every: dict[str, int] = defaultdict(int)
    for row in rows:
        first[row["reason"]] += row["first_count"]
        every[row["reason"]] += row["tweet_count"]
    left = first[RAW]
    steps: list[Content] = [{"title": "All tweets", "taken": None, "every": None, "left": left, "all": left}]
    for reason, title in REASONS.items():
        left -= first[reason]
        steps.append({"title": title, "taken": first[reason], "every": every[reason], "left": left, "all": first[RAW]})
    return [*steps, {"title": "Usable", "taken": None, "every": None, "left": first[USABLE], "all": first[RAW]}]
