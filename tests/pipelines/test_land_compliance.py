"""Notices of every form become one event shape; a redelivered one is kept once."""

from datetime import datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines.land_compliance import parse_notices, write_batch
from pipelines.sinks.lake import create_table
from pipelines.sources.lake import read_table
from tests.builders import a_record, records

V1_DELETE = {"delete": {"status": {"id_str": "11", "user_id_str": "22"}, "timestamp_ms": "1439761273410"}}
AT = "2021-07-06T18:40:40.000Z"
FORMS: list[tuple[Any, tuple[str, str | None, str | None]]] = [
    (V1_DELETE, ("delete", "11", "22")),
    ({"scrub_geo": {"user_id_str": "22", "up_to_status_id_str": "11"}}, ("scrub_geo", None, "22")),
    ({"status_withheld": {"id": 11, "user_id": 22, "withheld_in_countries": ["DE"]}}, ("withheld", "11", "22")),
    ({"data": {"delete": {"tweet": {"id": "11", "author_id": "22"}, "event_at": AT}}}, ("delete", "11", "22")),
    ({"data": {"user_suspend": {"user": {"id": "22"}, "event_at": AT}}}, ("suspend", None, "22")),
    ({"data": {"tweet_edit": {"tweet": {"id": "11"}, "initial_tweet_id": "9", "event_at": AT}}}, ("edit", "11", None)),
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
    assert read_table(spark, offline_settings, "bronze.compliance").count() == 2
