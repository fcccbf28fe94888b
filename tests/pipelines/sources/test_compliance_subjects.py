"""The subjects and the action of each kind of notice."""

import json
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from pipelines.ingestion.land_compliance import KINDS, parse_notices
from pipelines.sources.compliance_subjects import ACTING, lifted_kind, parse_subjects
from tests.builders import NOON, a_record, an_id, records

TWEET, USER = {"tweet": {"id": "11", "author_id": "22"}}, {"user": {"id": "22"}}
FORMS: list[tuple[Any, str, set[tuple[str, str]]]] = [
    ({"data": {"delete": TWEET}}, "delete", {("tweet", "11")}),
    ({"delete": {"status": {"id_str": "11", "user_id_str": "22"}}}, "delete", {("tweet", "11")}),
    ({"data": {"drop": TWEET}}, "drop", {("tweet", "11")}),
    ({"data": {"undrop": TWEET}}, "undrop", {("tweet", "11")}),
    ({"data": {"withheld": TWEET}}, "withhold", {("tweet", "11")}),
    ({"user_withheld": {"id": 22}}, "withhold_author", {("author", "22")}),
    ({"data": {"user_delete": USER}}, "delete_author", {("author", "22")}),
    ({"data": {"user_undelete": USER}}, "undelete_author", {("author", "22")}),
    ({"data": {"tweet_protect": {"tweet": {"id": "11"}}}}, "protect", {("tweet", "11")}),
    ({"data": {"user_protect": USER}}, "protect", {("author", "22")}),
    ({"data": {"user_unprotect": USER}}, "unprotect", {("author", "22")}),
    ({"data": {"user_suspend": USER}}, "suspend", {("author", "22")}),
    ({"data": {"user_unsuspend": USER}}, "unsuspend", {("author", "22")}),
    ({"data": {"user_profile_modification": USER}}, "edit_author", set()),
    ({"data": {"something_new": {"id": "5"}}}, "unknown", set()),
    (
        {"data": {"tweet_edit": {"tweet": {"id": "101"}, "initial_tweet_id": "99", "edit_tweet_ids": ["99", "100"]}}},
        "edit",
        {("tweet", "99"), ("tweet", "100")},
    ),
    ({"data": {"tweet_edit": {"tweet": {"id": "101"}}}}, "edit", set()),
    ({"data": {"scrub_geo": {"tweet": {"id": "11"}}}}, "scrub_geo", {("tweet", "11")}),
    ({"scrub_geo": {"user_id_str": "22", "up_to_status_id_str": an_id()}}, "scrub_geo", {("author", "22")}),
]


def test_every_kind_of_notice_names_its_subjects(spark: SparkSession) -> None:
    sent = [a_record(json.dumps(form), number) for number, (form, _, _) in enumerate(FORMS)]
    notices = parse_notices(records(spark, *sent)).persist()
    numbers = {row["event_key"]: row["offset"] for row in notices.collect()}
    assert [row["kind"] for row in notices.orderBy("offset").collect()] == [kind for _, kind, _ in FORMS]
    found: dict[int, set[tuple[str, str]]] = {number: set() for number in range(len(FORMS))}
    moments, newest = {}, {}
    for row in parse_subjects(notices).collect():
        found[numbers[row["event_key"]]].add((row["subject"], row["subject_id"]))
        moments[numbers[row["event_key"]]] = row["scrubbed_until"]
        newest[numbers[row["event_key"]]] = row["newest_id"]
    assert found == {number: expected for number, (_, _, expected) in enumerate(FORMS)}
    edits = [number for number, (_, kind, subjects) in enumerate(FORMS) if kind == "edit" and subjects]
    assert {number: each for number, each in newest.items() if each} == dict.fromkeys(edits, "101")
    assert moments[len(FORMS) - 1] == NOON.replace(tzinfo=None)
    assert moments[len(FORMS) - 2] == datetime(2026, 5, 4, 12)
    assert {moments[number] for number in range(13)} == {None}


def test_an_undoing_kind_says_what_it_takes_back(spark: SparkSession) -> None:
    kinds = spark.createDataFrame([("unprotect",), ("delete",), ("unknown",)], "kind string")
    assert [row[0] for row in kinds.select(lifted_kind(kinds["kind"])).collect()] == ["protect", None, None]


def test_every_kind_that_can_land_has_an_action() -> None:
    assert set(KINDS.values()) - set(ACTING) == {"edit_author"}
