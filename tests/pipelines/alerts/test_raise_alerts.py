"""gold.alerts follows the lake without Spark: an incident is one row, before and after a restart."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from conf.settings import Settings
from conf.tables import TABLES, table_path
from pipelines.alerts import raise_alerts
from pipelines.sinks import mongo_live
from pipelines.sinks.lake_rows import read_plain_rows

NOW = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHOWN = ("alert_id", "kind", "started_at", "ended_at", "cause", "observed", "topics")


def write(settings: Settings, name: str, rows: list[dict[str, Any]], **options: Any) -> None:
    """Rows of a table with only the columns that they name."""
    path = table_path(settings, name)
    write_deltalake(path, pa.Table.from_pylist(rows), mode="append", configuration=options or None)


def past_hours(settings: Settings, tweets: int = 60, brand: str = "acme", days: int = 21) -> None:
    """So many days of usual hours from three weeks ago on, and one with five times as many tweets ten days ago."""
    spike, first = NOW.replace(minute=0) - timedelta(days=10), NOW.replace(minute=0) - timedelta(days=21)
    as_of = NOW - timedelta(days=21 - days)
    rows = [
        {"brand": brand, "window": "hour", "started_at": first + place * HOUR, "author_count": 100, "as_of": as_of}
        | {"tweet_count": tweets * (5 if first + place * HOUR == spike else 1) + place % 5}
        | {"scored_author_count": 100, "complaint_share": 0.2, "sentiment_mean": 0.55}
        for place in range(days * 24)
    ]
    write(settings, "gold.brand_trends", rows)


def arrive(settings: Settings, count: int, before: datetime, seed: str) -> None:
    """Tweets of the hour before, each of its own author."""
    rows = [
        {"brands": ["acme", "acme:competitors"], "author_key": f"{seed}{number}"}
        | {"created_at": before - timedelta(minutes=number % 55 + 1)}
        | {"sentiment": {"score": 0.55}, "complaint": {"is_complaint": number % 5 == 0}}
        for number in range(count)
    ]
    write(settings, "silver.tweets", rows, **{"delta.enableChangeDataFeed": "true"})


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What would be published: document by `_id`."""
    found: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(
        raise_alerts, "replace_newer", lambda _, name, rows, as_of: found.update({row["_id"]: row for row in rows})
    )
    return found


def stored(settings: Settings) -> dict[str, dict[str, Any]]:
    return {row["alert_id"]: row for row in read_plain_rows(settings, raise_alerts.TABLE, SHOWN)}


def test_an_incident_is_one_row_from_its_start_to_its_end_and_over_a_restart(
    offline_settings: Settings, published: dict[str, dict[str, Any]]
) -> None:
    settings = offline_settings
    past_hours(settings)
    watch = raise_alerts.Watch(settings)
    watch.look(NOW)
    (past,) = stored(settings).values()
    assert (past["kind"], past["started_at"]) == ("volume_spike", NOW.replace(minute=0) - timedelta(days=10) + HOUR)
    assert past["ended_at"] is not None
    arrive(settings, 400, NOW, "a")
    watch.look(NOW + timedelta(minutes=1))
    assert len(stored(settings)) == 2
    arrive(settings, 100, NOW + timedelta(minutes=2), "b")
    restarted = raise_alerts.Watch(settings)
    assert restarted.look(NOW + timedelta(minutes=3)) == 1
    found = stored(settings)
    assert len(found) == 2
    new = next(row for row in found.values() if row["ended_at"] is None)
    assert (new["kind"], new["observed"]) == ("volume_spike", 500.0)
    restarted.look(NOW + timedelta(hours=2))
    assert [row["kind"] for row in stored(settings).values() if row["ended_at"] is None] != ["volume_spike"]
    assert len(published) >= 2
    assert all(key.startswith("acme:2026-") for key in published)


def test_a_new_topic_is_told_once_and_is_the_evidence_of_its_time(
    offline_settings: Settings, published: dict[str, dict[str, Any]]
) -> None:
    topics = [
        {"brand": "acme", "topic_id": topic_id, "name": name, "terms": terms, "born_at": born, "tweet_count": 300}
        | {"author_count": 200}
        for topic_id, name, terms, born in (
            ("t01", "Delay, gate", ["delay", "gate"], NOW - timedelta(days=20)),
            ("t02", "Strike, walkout", ["strike", "walkout"], NOW - HOUR),
        )
    ]
    write(offline_settings, "gold.topics", topics)
    watch = raise_alerts.Watch(offline_settings)
    assert (watch.look(NOW), watch.look(NOW + timedelta(minutes=1))) == (1, 0)
    (row,) = stored(offline_settings).values()
    assert (row["kind"], row["topics"], row["cause"].endswith("It is about Strike, walkout.")) == (
        *("new_topic", ["Strike, walkout"]),
        True,
    )


def test_an_empty_lake_raises_nothing(offline_settings: Settings, published: dict[str, dict[str, Any]]) -> None:
    assert raise_alerts.Watch(offline_settings).look(NOW) == 0
    assert published == {}
    assert TABLES[raise_alerts.TABLE].cluster_by == ()


def test_a_silence_that_began_before_the_process_is_seen(
    offline_settings: Settings, published: dict[str, dict[str, Any]]
) -> None:
    settings = offline_settings
    past_hours(settings)
    raise_alerts.Watch(settings).look(NOW)
    assert "silence" not in {row["kind"] for row in stored(settings).values()}
    raise_alerts.Watch(settings).look(NOW + 2 * HOUR)
    (silence,) = [row for row in stored(settings).values() if row["kind"] == "silence"]
    assert silence["ended_at"] is None


def test_hours_after_the_last_run_of_the_insights_are_unknown_and_no_silence(
    offline_settings: Settings, published: dict[str, dict[str, Any]]
) -> None:
    past_hours(offline_settings, days=16)
    arrive(offline_settings, 62, NOW, "a")
    raise_alerts.Watch(offline_settings).look(NOW)
    assert [row["kind"] for row in stored(offline_settings).values()] == ["volume_spike"], "that of ten days ago"


def test_tweets_without_a_brand_are_nobodys_silence(
    offline_settings: Settings, published: dict[str, dict[str, Any]]
) -> None:
    past_hours(offline_settings, brand="unassigned")
    assert raise_alerts.Watch(offline_settings).look(NOW + 2 * HOUR) == 0


def test_a_look_that_finds_nothing_is_as_of_now_too(
    offline_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MagicMock()
    monkeypatch.setattr(mongo_live, "open_client", lambda _: nullcontext(client))
    monkeypatch.setattr(mongo_live, "store_address", MagicMock())
    raise_alerts.Watch(offline_settings).look(NOW)
    ((_, pointer), _) = client[""][""].update_one.call_args
    assert pointer["$set"]["as_of"] == NOW
