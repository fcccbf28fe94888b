"""/brands/{brand}/influencers, /influencers/{influencer_id}, /cascades, /cascades/{cascade_id}: audited."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pipelines.sources.accounts import INFLUENCER_READ
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.api.fields import counts, flags, keys, numbers, schema, texts, times
from serving.api.published import Listed, Query, Single, brandpulse, described
from serving.readers import influencers
from serving.readers.rows import Page, Rows

ENDS = ("low", "mid", "high")
ESTIMATES = tuple(f"{name}_{end}" for name in ("mean_depth", "max_depth", "breadth", "virality") for end in ENDS)
Topic = schema(
    "InfluencerTopic", keys("name") | counts("post_count", "engagement_count"), "What an influencer complained about."
)
Neighbour = schema(
    "Neighbour",
    keys("influencer_id") | counts("weight", "shared_count"),
    "Another influencer: reactions exchanged, and people who reacted to both.",
)
BestPost = schema(
    "BestPost",
    keys("tweet_id") | times("created_at") | texts("category") | counts("retweet_count", "engagement_count"),
    "A tweet of an influencer.",
)
INFLUENCER_COUNTS = (
    *("followers_count", "post_count", "retweet_count", "like_count", "engagement_count", "mixed_depth"),
    *("observed_depth", "h_index", "audience_count", "rank", "rank_low", "rank_high"),
)
INFLUENCER_NUMBERS = (
    *("estimated_depth", "downstream_credit", "engagement_per_follower", "pagerank", "audience_uniqueness", "score"),
)
INFLUENCER_TEXTS = ("region", "top_topic", "community", "model_version")
Influencer = schema(
    "Influencer",
    keys("brand", "influencer_id", "handle")
    | counts(*INFLUENCER_COUNTS)
    | numbers(*INFLUENCER_NUMBERS)
    | texts(*INFLUENCER_TEXTS)
    | times("network_as_of")
    | {
        "topics": Topic(many=True, allow_null=True),
        "posts": BestPost(many=True, allow_null=True),
        "neighbours": Neighbour(many=True, allow_null=True),
    },
    "A public account that tweets about the brand and moves others to react. rank_low and rank_high are the ends of "
    "the rank's 95 % interval; like_count is of likes received.",
)
Node = schema(
    "CascadeNode",
    {"parent": serializers.IntegerField(help_text="number of the parent among the nodes, 0: the first tweet")}
    | keys("basis")
    | flags("is_estimated")
    | numbers("probability", *(f"depth_{end}" for end in ENDS))
    | counts("followers_magnitude")
    | times("created_at")
    | texts("handle"),
    "A reaction. Its parent is observed, or where is_estimated the most probable one; handle: of influencers alone.",
)
CASCADE_COUNTS = (
    *("retweet_count", "timed_retweet_count", "reply_count", "quote_count", "size"),
    *("observed_depth", "mixed_depth", "mixed_breadth"),
)
CASCADE_NUMBERS = ("coverage", "mixed_virality", "half_seconds", "first_hour_share", *ESTIMATES)
Cascade = schema(
    "Cascade",
    keys("brand", "cascade_id")
    | texts("kind", "category", "handle", "tweet_id", "suppressed_because")
    | times("started_at")
    | counts(*CASCADE_COUNTS)
    | numbers(*CASCADE_NUMBERS)
    | {"nodes": Node(many=True)},
    "A conversation. Estimates are null where suppressed_because says why; handle and tweet_id are of influencers "
    "alone.",
)


class InfluencerFilters(Query):
    topic = serializers.CharField(required=False, max_length=60, help_text="only those who complained about it")
    region = serializers.CharField(required=False, max_length=2, help_text="only those who tweet from this country")


KEY: dict[str, Any] = {"brand": "skyvarn"}
INFLUENCER = (
    KEY
    | {"influencer_id": "0f" * 10, "handle": "quiet_otter", "region": "GB", "top_topic": "delay", "community": "c1"}
    | dict.fromkeys(INFLUENCER_COUNTS, 12)
    | dict.fromkeys(INFLUENCER_NUMBERS, 0.5)
    | {"model_version": "1", "network_as_of": "2026-05-05T00:00:00Z"}
    | {"topics": [{"name": "delay", "post_count": 2, "engagement_count": 30}], "neighbours": []}
    | {"posts": []}
)
CASCADE = (
    KEY
    | {"cascade_id": "0e" * 10, "kind": "tweet", "category": "delay", "handle": "quiet_otter", "tweet_id": None}
    | {"started_at": "2026-05-04T12:00:00Z", "suppressed_because": None, "nodes": []}
    | dict.fromkeys(CASCADE_COUNTS, 25)
    | dict.fromkeys(CASCADE_NUMBERS, 0.5)
)


@described("Influencers", "The brand's influencers by rank. Each read is in the audit log.", INFLUENCER)
class Influencers(Listed):
    scope, snapshot, row, audited = Scope.INFLUENCERS_READ, influencers.NAME, Influencer, "influencers.list"
    filters = InfluencerFilters

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return influencers.read_influencers(brandpulse(), path["brand"], query.get("topic"), query.get("region"), page)


@described("Influencers", "One influencer. Each read is in the audit log.", INFLUENCER)
class InfluencerView(Single):
    scope, snapshot, row, audited = Scope.INFLUENCERS_READ, influencers.NAME, Influencer, INFLUENCER_READ

    def respond(self, request: Request, query: dict[str, Any], page: Page, path: dict[str, str]) -> Response:
        """The audit log knows the author by the key that erasure and rotation know, not by the public id."""
        rows = influencers.read_influencer(brandpulse(), path["brand"], path["influencer_id"])
        record(request, INFLUENCER_READ, path["brand"], rows.rows[0]["author_key"] if rows.rows else "")
        return Response(self.answer(request, rows))


@described("Influencers", "The brand's largest conversations. Each read is in the audit log.", CASCADE)
class Cascades(Listed):
    scope, snapshot, row, audited = Scope.INFLUENCERS_READ, influencers.CASCADES, Cascade, "cascades.list"

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return influencers.named(
            brandpulse(), path["brand"], influencers.read_cascades(brandpulse(), path["brand"], page)
        )


@described("Influencers", "One conversation, with its tree. Each read is in the audit log.", CASCADE)
class CascadeView(Single):
    scope, snapshot, row, audited = Scope.INFLUENCERS_READ, influencers.CASCADES, Cascade, "cascades.read"

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        found = influencers.read_cascade(brandpulse(), path["brand"], path["cascade_id"])
        return influencers.named(brandpulse(), path["brand"], found)
