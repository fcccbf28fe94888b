"""The last minutes of a brand: exact counts, and a sentiment in steps that only many authors make."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.trends.live import LiveBrand, Seen, split_by_brand

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_tweet(seconds_ago: float = 10, author: str | None = "ann", score: float | None = 0.5, lag: float = 4) -> Seen:
    at = NOW - timedelta(seconds=seconds_ago)
    return Seen(at, at - timedelta(seconds=lag), author, score)


def live_of(*tweets: Seen) -> LiveBrand:
    live = LiveBrand()
    live.add(tweets)
    return live


def test_counts_are_of_the_last_five_minutes() -> None:
    found = live_of(a_tweet(301), a_tweet(299), *(a_tweet(lag=lag) for lag in (1, 2, 9))).document("acme", NOW)
    assert (found["tweet_count"], found["per_minute"], found["lag_seconds"]) == (4, 0.8, 4)
    assert found["newest_at"] == NOW - timedelta(minutes=1), "to the minute: the second would name the tweet"


def test_a_quiet_brand_has_zero_tweets_and_no_lag() -> None:
    found = live_of().document("acme", NOW)
    assert (found["tweet_count"], found["lag_seconds"], found["newest_at"], found["sentiment"]) == (0, None, None, None)


def test_sentiment_waits_until_enough_authors_are_in_one_of_the_windows() -> None:
    few = [a_tweet(author=f"a{number}", score=0.9) for number in range(99)]
    assert live_of(*few).document("acme", NOW)["sentiment"] is None
    earlier = a_tweet(1800, author="zoe", score=0.0)
    assert live_of(earlier, *few).document("acme", NOW)["sentiment"] == 0.9


def test_every_author_counts_once_and_the_mean_goes_in_steps() -> None:
    loud = [a_tweet(author="loud", score=0.0) for _ in range(500)]
    others = [a_tweet(author=f"a{number}", score=0.63) for number in range(99)]
    assert live_of(*loud, *others).document("acme", NOW)["sentiment"] == 0.6


def test_sentiment_changes_at_most_once_a_minute() -> None:
    live = live_of(*(a_tweet(author=f"a{number}", score=0.9) for number in range(100)))
    assert live.document("acme", NOW)["sentiment"] == 0.9
    live.add([Seen(NOW, NOW, f"b{number}", 0.0) for number in range(350)])
    assert live.document("acme", NOW + timedelta(seconds=59))["sentiment"] == 0.9
    assert live.document("acme", NOW + timedelta(seconds=60))["sentiment"] == 0.2


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    live = live_of(a_tweet(3601), a_tweet(10))
    live.document("acme", NOW)
    assert len(live.seen) == 1


def test_rows_are_split_by_brand_without_competitors_and_in_order() -> None:
    def row(second: int, brands: list[str] | None, **fields: Any) -> dict[str, Any]:
        at = NOW + timedelta(seconds=second)
        return {
            "brands": brands,
            "author_key": "a",
            "created_at": NOW,
            "sentiment": None,
            "_commit_timestamp": at,
        } | fields

    rows = [row(2, ["acme", "acme", "globex"]), row(1, ["acme"], sentiment={"score": 0.3}), row(0, None)]
    rows.append(row(0, ["acme:competitors"]))
    found = split_by_brand(rows)
    assert {brand: len(tweets) for brand, tweets in found.items()} == {"acme": 2, "globex": 1}
    assert [one.score for one in found["acme"]] == [0.3, None]
