"""Published documents for tests: a test names what it is about, the builder fills in the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conf.mongodb import store_address
from conf.schemas.alerts import GOLD_ALERTS
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.segments import GOLD_SEGMENT_EVENTS, GOLD_SEGMENT_HISTORY, GOLD_SEGMENTS
from conf.schemas.topics import GOLD_CLEANING_REPORT, GOLD_TOPIC_EVENTS, GOLD_TOPIC_TRENDS, GOLD_TOPICS
from conf.schemas.trends import GOLD_BRAND_TRENDS
from conf.settings import Settings
from pipelines.sinks.mongo import flip_pointer, open_client, write_documents
from pipelines.sinks.mongo_live import replace_newer
from pipelines.sources.mongo import Document

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
MONDAY_MS = int(MONDAY.timestamp() * 1000)
HOURS = {"hour": 1, "6h": 6, "day": 24, "week": 168}


def publish(settings: Settings, name: str, run: int, *documents: Document) -> None:
    """Publish the documents as a snapshot, as the pipeline does, without Spark."""
    address = store_address(settings)
    write_documents(address, f"{name}__{run}", 1000, iter(documents))
    about = {"count": len(documents), "checksum": "", "as_of": MONDAY + timedelta(days=7)}
    pointer = {"collection": f"{name}__{run}", "run": run} | about
    with open_client(address) as client:
        assert flip_pointer(client[address.database], settings, address, name, pointer)


def a_trend(started_at: datetime = MONDAY, window: str = "day", authors: int | None = 200, **fields: Any) -> Document:
    """A window of trends; without authors it shows no figures."""
    shares = {"positive_share": 0.2, "neutral_share": 0.5, "negative_share": 0.3, "sentiment_mean": 0.4}
    lists = {"categories": [{"name": "delay", "share": 0.3}], "languages": [{"name": "en", "share": 1.0}]}
    given: Document = {"brand": "skyvarn", "window": window, "started_at": started_at, "tweet_count": 300}
    given |= {"ended_at": started_at + timedelta(hours=HOURS[window]), "share_of_voice": 0.6}
    given |= {"author_count": authors} | (shares | lists | {"regions": []} if authors else {})
    row = dict.fromkeys(GOLD_BRAND_TRENDS.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{window}:{started_at:%Y-%m-%dT%HZ}"}


def a_segment(number: int = 1, **fields: Any) -> Document:
    given = {"brand": "skyvarn", "segment_id": f"s{number:02}", "name": "Critics", "author_count": 250}
    row = dict.fromkeys(GOLD_SEGMENTS.fieldNames()) | given | {"top_categories": ["delay"]} | fields
    return row | {"_id": f"{row['brand']}:{row['segment_id']}"}


def a_segment_day(day: datetime = MONDAY, **fields: Any) -> Document:
    given = {"brand": "skyvarn", "segment_id": "s01", "measured_on": day, "author_count": 250}
    row = dict.fromkeys(GOLD_SEGMENT_HISTORY.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{row['segment_id']}:{day:%Y-%m-%d}"}


def a_segment_event(run: int = 1, **fields: Any) -> Document:
    given = {"brand": "skyvarn", "segment_id": "s01", "event": "born", "other_ids": [], "run_id": run, "as_of": MONDAY}
    row = dict.fromkeys(GOLD_SEGMENT_EVENTS.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{run}:{row['segment_id']}:{row['event']}"}


def a_profile(number: int = 1, **fields: Any) -> Document:
    from pipelines.profiles.publish_authors import DOCUMENT

    assert set(DOCUMENT) <= set(GOLD_AUTHOR_PROFILES.fieldNames())
    given = {"brand": "skyvarn", "author_key": f"{number:064x}", "tweet_count": 10, "segment_id": "s01"}
    row = dict.fromkeys(DOCUMENT) | given | fields
    return row | {"_id": f"{row['brand']}:{row['author_key']}"}


def an_influencer(number: int = 1, **fields: Any) -> Document:
    """An influencer of rank `number`."""
    from pipelines.influence.publish_influencers import FIGURES

    given: Document = {"brand": "skyvarn", "author_key": f"{number:064x}", "influencer_id": f"{number:020x}"}
    given |= {
        "handle": f"public_otter_{number}",
        "rank": number,
        "rank_low": max(1, number - 1),
        "rank_high": number + 2,
    }
    given |= {"followers_count": 100_000 // number, "retweet_count": 90, "like_count": 40, "mixed_depth": 3}
    given |= {"topics": [{"name": "delay", "post_count": 2, "engagement_count": 300 // number}], "top_topic": "delay"}
    given |= {"community": f"c{1 + number % 3}", "region": ("GB", "IE")[number % 2], "model_version": "equal"}
    post = {"tweet_id": f"{177 + number}", "created_ms": MONDAY_MS, "category": "delay", "retweet_count": 9}
    given |= {"posts": [post | {"engagement_count": 30}], "network_as_of": MONDAY, "neighbours": []}
    row = dict.fromkeys(FIGURES) | given | fields
    return row | {"_id": f"{row['brand']}:{row['rank']:06}"}


def a_conversation(number: int = 1, reactions: int = 3, **fields: Any) -> Document:
    """The conversation that stands at place `number`: a quote, and retweets with an estimated source."""
    from pipelines.influence.publish_influencers import OF_CASCADES

    none = dict.fromkeys(("probability", "depth_low", "depth_mid", "depth_high", "influencer_id"))
    estimate = {"is_estimated": True, "probability": 0.4, "depth_low": 1.0, "depth_mid": 1.4, "depth_high": 1.9}
    nodes = [
        none
        | {"parent": place // 2, "basis": "retweet" if place else "quote", "is_estimated": False}
        | {"followers_magnitude": 2, "created_ms": MONDAY_MS + 60_000 * (1 + place)}
        | (estimate if place else {"influencer_id": f"{2:020x}"})
        for place in range(reactions)
    ]
    given: Document = {"brand": "skyvarn", "author_key": f"{number:064x}", "influencer_id": f"{number:020x}"}
    given |= {"nodes": nodes}
    given |= {"cascade_id": f"{number:020x}", "tweet_id": f"{177 + number}", "kind": "tweet", "started_at": MONDAY}
    given |= {"size": reactions + 1, "retweet_count": 30, "timed_retweet_count": 24, "coverage": 0.8, "mixed_depth": 2}
    given |= {"observed_depth": 1, "mean_depth_low": 1.2, "mean_depth_mid": 1.5, "mean_depth_high": 2.1}
    row = dict.fromkeys(OF_CASCADES) | given | fields
    return row | {"_id": f"{row['brand']}:{number:06}"}


def a_measurement(kind: str = "freshness", name: str = "silver.tweets", **fields: Any) -> Document:
    return {"_id": f"{kind}:{name}", "measured_at": MONDAY, "value": 12.0, "unit": "seconds", "detail": None} | fields


def a_topic(number: int = 1, **fields: Any) -> Document:
    shares: Document = {"tweet_share": 0.3, "sentiment_mean": 0.4, "complaint_share": 0.5, "coherence": 0.6}
    given: Document = {"brand": "skyvarn", "topic_id": f"t{number:02}", "name": f"Bag, lost, claim {number}"} | shares
    given |= {"terms": ["bag", "lost"], "author_count": 250, "tweet_count": 700, "born_at": MONDAY, "fitted_at": MONDAY}
    given |= {"segments": [{"name": "s01", "share": 0.4}], "model_version": "topics-1"}
    row = dict.fromkeys(GOLD_TOPICS.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{row['topic_id']}"}


def a_topic_window(started_at: datetime = MONDAY, window: str = "day", **fields: Any) -> Document:
    row = a_trend(started_at, window, 200) | {"topic_id": "t01", "share_of_voice": 0.3} | fields
    row = {name: row[name] for name in GOLD_TOPIC_TRENDS.fieldNames()}
    return row | {"_id": f"{row['brand']}:{row['topic_id']}:{window}:{started_at:%Y-%m-%dT%HZ}"}


def a_topic_event(run: int = 1, **fields: Any) -> Document:
    given = {"brand": "skyvarn", "topic_id": "t01", "event": "born", "other_ids": [], "run_id": run, "as_of": MONDAY}
    row = dict.fromkeys(GOLD_TOPIC_EVENTS.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{run}:{row['topic_id']}:{row['event']}"}


def a_cleaning_day(reason: str = "raw", tweets: int = 100, day: datetime = MONDAY, **fields: Any) -> Document:
    given = {
        "brand": "skyvarn",
        "created_on": f"{day:%Y-%m-%d}",
        "reason": reason,
        "tweet_count": tweets,
        "first_count": tweets,
    }
    row = dict.fromkeys(GOLD_CLEANING_REPORT.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{day:%Y-%m-%d}:{reason}"}


def an_alert(number: int = 1, **fields: Any) -> Document:
    given: Document = {"alert_id": f"{number:016x}", "brand": "skyvarn", "kind": "volume_spike", "observed": 312.0}
    given |= {"expected": 101.0, "expected_low": 60.0, "expected_high": 152.0, "tweet_count": 312, "author_count": 250}
    given |= dict.fromkeys(("started_at", "detected_at", "peak_at"), MONDAY + timedelta(hours=12 + number))
    given |= {"ended_at": MONDAY + timedelta(hours=14 + number), "terms": ["strike"], "topics": ["Strike, crew"]}
    given |= {"cause": "312 tweets in an hour, 3.1 times what is usual.", "as_of": MONDAY + timedelta(days=1)}
    row = dict.fromkeys(GOLD_ALERTS.fieldNames()) | given | fields
    return row | {"_id": f"{row['brand']}:{row['started_at']:%Y-%m-%dT%H:%M}:{row['alert_id']}"}


def put_alerts(settings: Settings, *alerts: Document) -> None:
    """What raise_alerts writes."""
    replace_newer(settings, "alerts", alerts)


def put_live(settings: Settings, brand: str, **fields: Any) -> None:
    """What publish_live writes."""
    given = {"tweet_count": 4, "per_minute": 0.8, "lag_seconds": 6.0, "newest_at": MONDAY, "sentiment": 0.55}
    address = store_address(settings)
    with open_client(address) as client:
        row = given | {"as_of": MONDAY} | fields
        client[address.database]["live"].update_one({"_id": brand}, {"$set": row}, upsert=True)


def publish_everything(settings: Settings, run: int = 7) -> None:
    """Something of every snapshot, for the brand skyvarn and another one."""
    weeks = [MONDAY - timedelta(weeks=1), MONDAY]
    trends = [a_trend(at, window) for at in weeks for window in HOURS]
    publish(settings, "trends", run, *trends, a_trend(brand="northquill"))
    publish(settings, "segments", run, a_segment(1), a_segment(2), a_segment(3, brand="northquill"))
    publish(settings, "segment_history", run, a_segment_day(), a_segment_day(MONDAY + timedelta(days=1)))
    publish(settings, "segment_events", run, a_segment_event(1), a_segment_event(2, event="kept", other_ids=["s01"]))
    publish(settings, "author_profiles", run, a_profile(1), a_profile(2), a_profile(3, brand="northquill"))
    near = [{"influencer_id": f"{2:020x}", "weight": 3, "shared_count": 12}]
    publish(settings, "influencers", run, an_influencer(1, neighbours=near), an_influencer(2))
    publish(settings, "cascades", run, a_conversation(1), a_conversation(2, suppressed_because="few_retweets"))
    card = {"detail": {"heads": ["sentiment"]}, "unit": "macro F1"}
    operations = [a_measurement(), a_measurement("model", "annotator", **card), a_measurement("drift", "sentiment")]
    publish(settings, "operations", run, *operations)
    put_live(settings, "skyvarn")
    windows = [a_topic_window(at, window) for at in weeks for window in HOURS]
    publish(settings, "topics", run, a_topic(1), a_topic(2), a_topic(3, brand="northquill"))
    publish(settings, "topic_trends", run, *windows, a_topic_window(topic_id="none"))
    publish(settings, "topic_events", run, a_topic_event(1), a_topic_event(2, event="split", other_ids=["t02"]))
    reasons = {"raw": 100, "copy": 20, "language": 10, "usable": 70}
    publish(settings, "cleaning_report", run, *[a_cleaning_day(reason, count) for reason, count in reasons.items()])
    put_alerts(settings, an_alert(1), an_alert(2, kind="silence"), an_alert(3, brand="northquill"))
