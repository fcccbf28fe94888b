"""/brands/{brand}/profiles, /profiles/{author_key}: for analysts, audited, never exported."""

from typing import Any

from pipelines.sources.accounts import READ
from serving.accounts.roles import Scope
from serving.api.fields import counts, flags, keys, numbers, schema, texts, times
from serving.api.published import Listed, Single, brandpulse, described
from serving.readers import profiles
from serving.readers.rows import Page, Rows

Profile = schema(
    "Profile",
    keys("brand", "author_key")
    | counts("tweet_count", "followers_count")
    | numbers("engagement_per_tweet", "sentiment_mean", "complaint_share")
    | texts("top_category", "region")
    | times("last_tweet_at")
    | flags("is_bot_like", "is_brand_account")
    | texts("segment_id"),
    "An author, in coarse figures: amounts are rounded down to a power of ten, shares are 0, 0.5 or 1, and "
    "last_tweet_at is the start of a month.",
)
EXAMPLE = {
    "brand": "skyvarn",
    "author_key": "0f" * 32,
    "tweet_count": 10,
    "followers_count": 100,
    "engagement_per_tweet": 1.0,
    "sentiment_mean": 0.5,
    "complaint_share": 0.0,
    "top_category": "delay",
    "region": None,
    "last_tweet_at": "2026-05-01T00:00:00Z",
    "is_bot_like": False,
    "is_brand_account": False,
    "segment_id": "s01",
}


@described("Profiles", "The brand's authors, by author key. Each read is in the audit log.", EXAMPLE)
class Profiles(Listed):
    scope, snapshot, row, audited = Scope.PROFILES_READ, profiles.NAME, Profile, "profiles.list"

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return profiles.read_profiles(brandpulse(), path["brand"], page)


@described("Profiles", "One author. Each read is in the audit log.", EXAMPLE)
class ProfileView(Single):
    scope, snapshot, row, audited = Scope.PROFILES_READ, profiles.NAME, Profile, READ

    def read(self, query: dict[str, Any], page: Page, **path: str) -> Rows:
        return profiles.read_profile(brandpulse(), path["brand"], path["author_key"])
