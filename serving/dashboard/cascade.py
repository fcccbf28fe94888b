"""Cascades: how a conversation spread, with what was observed and what is estimated told apart. Audited."""

from django.http import Http404, HttpRequest

from pipelines.sources.mongo import Document
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard import graphs, words
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse
from serving.readers.influencers import named, read_cascade, read_cascades

MOST_ROWS = 50
REASONS = {
    "few_retweets": "fewer than 20 of its retweets have a time",
    "low_coverage": "the times of less than half of its retweets are known",
    "unknown_root": "the first tweet itself was not collected",
}


class Cascades(PageView):
    scope, route, template, keeps = Scope.INFLUENCERS_READ, "page-cascades", "dashboard/cascades.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings = path["brand"], brandpulse()
        record(request, "cascades.list", brand, purpose="")
        found = named(settings, brand, read_cascades(settings, brand))
        return {
            "headline": headline(brand, found.rows),
            "rows": found.rows[:MOST_ROWS],
            "run": found.run,
            "as_of": found.as_of,
        }


class Cascade(PageView):
    scope, route, template, keeps = Scope.INFLUENCERS_READ, "page-cascades", "dashboard/cascade.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings = path["brand"], brandpulse()
        record(request, "cascades.read", brand, purpose="")
        found = named(settings, brand, read_cascade(settings, brand, path["cascade_id"]))
        if not found.rows:
            raise Http404("there is no such conversation in the latest run")
        row = found.rows[0]
        reason = row["suppressed_because"] or ("few_retweets" if row["mean_depth_mid"] is None else None)
        return {
            "has_charts": True,
            "row": row,
            "headline": title(row),
            "reason": None if reason is None else REASONS[reason],
            "tree": graphs.cascade_chart(row),
            "shown": len(row["nodes"]),
            "run": found.run,
            "as_of": found.as_of,
        }


def headline(brand: str, rows: list[Document]) -> str:
    name = words.brand_name(brand)
    if not rows:
        return f"No conversations about {name} are published yet"
    first = rows[0]
    return f"The largest conversation about {name} has {words.counted(first['size'] - 1, 'reaction')}"


def title(row: Document) -> str:
    who = f"@{row['handle']}'s tweet" if row["handle"] else "A tweet"
    return f"{who} set off {words.counted(row['size'] - 1, 'reaction')}"
