"""Influencers: whom to talk to about what, how sure that is, and why. Each look is in the audit log."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest

from pipelines.sources.accounts import INFLUENCER_READ
from pipelines.sources.mongo import Document
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard import graphs, words
from serving.dashboard.filters import choose, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse
from serving.readers.influencers import read_influencers

MOST_ROWS = 50
EQUAL_VERSION = "equal"
CLEAR_RANKS = 10
"""An interval of at most so many ranks is called narrow."""
REASONS = (
    ("downstream_credit", "Retweets that they cause", "timed retweets of own tweets, and expected ones below others'"),
    ("h_index", "h-index of retweets", "so many tweets were retweeted so often"),
    ("pagerank", "PageRank", "reactions of those who are reacted to themselves"),
    ("engagement_per_follower", "Engagement per follower", "reactions to a tweet per follower"),
    ("audience_uniqueness", "Uniqueness of the audience", "1: nobody of it reacts to others, too"),
    ("retweet_count", "Retweets", "of their tweets about the brand"),
    ("engagement_count", "Reactions", "to their tweets about the brand"),
    ("followers_count", "Followers", "newest count"),
)
"""The figures of the score: models/influence/composite.py."""


class Influencers(PageView):
    scope, route, template, keeps = Scope.INFLUENCERS_READ, "page-influencers", "dashboard/influencers.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand = path["brand"]
        everybody = read_influencers(brandpulse(), brand)
        named = {topic["name"] for row in everybody.rows for topic in row["topics"] or ()}
        topics = {"All topics": ""} | {name.replace("_", " "): name for name in sorted(named)}
        regions = {"All regions": ""} | {row["region"]: row["region"] for row in everybody.rows if row["region"]}
        topic, region = choose(request, "topic", topics, ""), choose(request, "region", regions, "")
        record(request, "influencers.list", brand, purpose=request.GET.get("purpose", ""))
        found = [row for row in everybody.rows if fits(row, topic, region)]
        rows = [row | {"topic": topic_of(row, topic)} for row in found]
        if topic:
            rows.sort(key=lambda row: -row["topic"]["engagement_count"])
        return {
            "rows": rows[:MOST_ROWS],
            "total": len(everybody.rows),
            "topic": topic,
            "topics": options(topics, topic),
            "regions": options(regions, region),
            "headline": headline(brand, rows, topic),
            "is_fitted": any(row["model_version"] != EQUAL_VERSION for row in rows),
            "run": everybody.run,
            "as_of": everybody.as_of,
        }


class Influencer(PageView):
    scope, route, template, keeps = Scope.INFLUENCERS_READ, "page-influencers", "dashboard/influencer.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings = path["brand"], brandpulse()
        found = read_influencers(settings, brand)
        everybody, others = found.rows, {each["influencer_id"]: each for each in found.rows}
        row = others.get(path["influencer_id"])
        record(request, INFLUENCER_READ, brand, row["author_key"] if row else "", purpose="")
        if row is None:
            raise Http404("there is no such influencer in the latest run")
        around = graphs.build_network(everybody, around=path["influencer_id"])
        return {
            "has_charts": True,
            "row": row,
            "headline": f"@{row['handle']} has rank {row['rank']}; {len(everybody)} influencers are named",
            "sureness": sureness(row),
            "reasons": reasons(row, everybody),
            "neighbours": [
                each | {"row": others[each["influencer_id"]], "overlap": overlap(each, row, others)}
                for each in row["neighbours"] or ()
                if each["influencer_id"] in others
            ],
            "network": graphs.network_chart(around),
            "run": found.run,
            "as_of": found.as_of,
        }


def fits(row: Document, topic: str, region: str) -> bool:
    return (not topic or topic_of(row, topic) is not None) and (not region or row["region"] == region)


def topic_of(row: Document, name: str) -> Document | None:
    """What the influencer wrote about the topic, if anything."""
    return next((each for each in row["topics"] or () if each["name"] == name), None)


def headline(brand: str, rows: Sequence[Document], topic: str) -> str:
    name = words.brand_name(brand)
    if not rows:
        return f"Nobody who may be named moves others to talk about {name}"
    first = rows[0]
    about = f" about {topic.replace('_', ' ')}" if topic else ""
    return f"Talk to @{first['handle']} first{about}: {sureness(first)}"


def sureness(row: Document) -> str:
    """How sure the rank is, in words."""
    low, high = row["rank_low"], row["rank_high"]
    if low == high:
        return f"rank {row['rank']}, whichever of their tweets are counted"
    kind = "narrow" if high - low <= CLEAR_RANKS else "wide"
    return f"rank {row['rank']}, between {low} and {high} with 95 % confidence, a {kind} interval"


def reasons(row: Document, everybody: Sequence[Document]) -> list[Content]:
    """Why this rank: each figure, and the share of the other influencers below it."""
    rows = []
    for name, label, note in REASONS:
        others = [each[name] or 0.0 for each in everybody if each["influencer_id"] != row["influencer_id"]]
        below = sum(each < (row[name] or 0.0) for each in others) / len(others) if others else None
        rows.append({"name": name, "label": label, "note": note, "value": row[name], "below": below})
    return rows


def overlap(link: Document, row: Document, others: dict[str, Document]) -> float | None:
    """People in both audiences among those in either (Jaccard)."""
    both = link["shared_count"] or 0
    audiences = (row["audience_count"], others[link["influencer_id"]]["audience_count"])
    # Audiences are counted once per day: what is shared by now is a part of both.
    either = sum(max(count or 0, both) for count in audiences) - both
    return both / either if either > 0 else None
