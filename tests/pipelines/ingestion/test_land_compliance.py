"""Notices of every form become one event shape; a redelivered notice is stored once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.ingestion.land_compliance import parse_notices, write_batch
from pipelines.sinks.lake import create_table
from tests.builders import NOON, a_record, records
from tests.stored import stored_count

V1_DELETE = {"delete": {"status": {"id_str": "11", "user_id_str": "22"}, "timestamp_ms": "1439761273410"}}
AT = "2021-07-06T18:40:40.000Z"
FORMS: list[tuple[Any, tuple[str, str | None, str | None]]] = [
    (V1_DELETE, ("delete", "11", "22")),
    ({"scrub_geo": {"user_id_str": "22", "up_to_status_id_str": "11"}}, ("scrub_geo", None, "22")),
    ({"status_withheld": {"id": 11, "user_id": 22, "withheld_in_countries": ["DE"]}}, ("withhold", "11", "22")),
    ({"data": {"delete": {"tweet": {"id": "11", "author_id": "22"}, "event_at": AT}}}, ("delete", "11", "22")),
    ({"data": {"user_suspend": {"user": {"id": "22"}, "event_at": AT}}}, ("suspend", None, "22")),
    ({"data": {"tweet_edit": {"tweet": {"id": "11"}, "initial_tweet_id": "9", "event_at": AT}}}, ("edit", "11", None)),
    ({"data": {"withheld": {"tweet": {"id": "11"}, "withheld_in_countries": ["DE"]}}}, ("withhold", "11", None)),
    ({"data": {"tweet_protect": {"tweet": {"id": "11"}, "event_at": AT}}}, ("protect", "11", None)),
    ({"data": {"tweet_suspend": {"tweet": {"id": "11"}, "event_at": AT}}}, ("suspend", "11", None)),
    ({"data": {"scrub_geo": {"tweet": {"id": "11"}, "event_at": AT}}}, ("scrub_geo", "11", None)),
    ({"user_withheld": {"id": 22, "withheld_in_countries": ["DE"]}}, ("withhold_author", None, "22")),
    ({"data": {"something_new": {"id": "5"}}}, ("unknown", "5", None)),
    (b"not a notice", ("unknown", None, None)),
]


@pytest.mark.parametrize(("payload", "expected"), FORMS)
def test_a_notice_of_any_form_is_one_event(
    spark: SparkSession, payload: Any, expected: tuple[str, str | None, str | None]
) -> None:
    (row,) = parse_notices(records(spark, a_record(payload))).collect()
    assert (row["kind"], row["tweet_id"], row["author_id"]) == expected
    assert row["payload"] and row["event_key"] and row["event_at"]


def test_the_reason_is_kept(spark: SparkSession) -> None:
    reasoned = {"data": {"delete": {"tweet": {"id": "11"}, "event_at": AT, "reason": "deactivated"}}}
    rows = parse_notices(records(spark, a_record(reasoned), a_record(V1_DELETE, 1))).orderBy("offset").collect()
    assert [row["reason"] for row in rows] == ["deactivated", None]


def test_an_event_without_a_time_of_xs_is_known_again_by_its_place(spark: SparkSession) -> None:
    def seen(moment: str, position: str, offset: int) -> dict[str, Any]:
        notice = {"data": {"delete": {"tweet": {"id": "11"}, "observed_at": moment, "reason": "not_found"}}}
        return a_record(notice, offset, headers={"position": position}, kafka_at=NOON + timedelta(minutes=offset))

    sent = seen(AT, "round-1#11.0", 0), seen("2021-07-06T18:45:00.000Z", "round-1#11.0", 1), seen(AT, "round-2#11.0", 2)
    first, again, later = parse_notices(records(spark, *sent)).orderBy("offset").collect()
    assert first["event_key"] == again["event_key"] != later["event_key"]
    assert first["event_at"] == datetime(2021, 7, 6, 18, 40, 40)


def test_the_time_of_an_event_is_its_own(spark: SparkSession) -> None:
    old, new = parse_notices(records(spark, a_record(V1_DELETE), a_record(FORMS[3][0], 1))).orderBy("offset").collect()
    assert old["event_at"] == datetime(2015, 8, 16, 21, 41, 13, 410000)
    assert new["event_at"] == datetime(2021, 7, 6, 18, 40, 40)


def test_a_redelivered_notice_is_kept_once_and_a_repeated_one_twice(
    spark: SparkSession, offline_settings: Settings
) -> None:
    create_table(spark, offline_settings, "bronze.compliance")
    first, again = a_record(V1_DELETE, 0), a_record(V1_DELETE, 1, headers={"position": "test#0.0"})
    repeated = a_record(V1_DELETE, 2)
    for number, rows in enumerate([(first, again), (again, repeated)]):
        write_batch(parse_notices(records(spark, *rows)), number, settings=offline_settings)
    assert stored_count(offline_settings, "bronze.compliance") == 2
