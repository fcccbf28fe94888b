"""What X reports as deleted is deleted from every table, with all that it cascades to, and is not re-ingested."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from conf import tables
from conf.command_line import run_job
from conf.schemas.shapes import several, shape
from conf.settings import Settings
from conf.tables import TABLES, Table
from jobs import erase_tweets as job
from pipelines.ingestion import observe_metrics, reconcile_input
from pipelines.privacy import erase_tweets
from pipelines.privacy.erase_tweets import REACHED, ErasureRun
from pipelines.sinks.kafka_clients import open_admin
from pipelines.sinks.lake import create_table, delete_rows
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION
from tests.builders import NOON, a_payload, a_record, an_id, records
from tests.erasing import (
    OPTIONS,
    Row,
    column,
    erase,
    everything,
    key_of,
    land_notices,
    put,
    records_into,
    rows_of,
    store_tweets,
)
from tests.killing import killed
from tests.stored import stored_count, stored_rows

(ADAPTIVE,) = WITHOUT_ADAPTIVE_EXECUTION

DRY = replace(OPTIONS, dry_run=True)
GONE, KEPT, COPY, REPLY, OTHER, QUOTE = (an_id(number=number) for number in range(1, 7))
SECRET_WORDS = "words to forget"


def a_lake(spark: SparkSession, settings: Settings) -> None:
    """A tweet, one that stays, a retweet and a quote of the first, and the entities of the first two."""
    retweet = a_payload(id=COPY, author_id="4002", referenced_tweets=[{"type": "retweeted", "id": GONE}])
    quote = a_payload(id=REPLY, author_id="4003", referenced_tweets=[{"type": "quoted", "id": GONE}])
    quote["includes"] = {"tweets": [{"id": GONE, "text": SECRET_WORDS, "author_id": "4001"}]}
    words = {GONE: SECRET_WORDS, KEPT: "words to keep"}
    own = [{"tweet_id": each, "text": text, "payload": a_payload(id=each, text=text)} for each, text in words.items()]
    store_tweets(
        spark,
        settings,
        *own,
        {"tweet_id": COPY, "kind": "retweet", "retweeted_id": GONE, "author_id": "4002", "payload": retweet},
        {"tweet_id": REPLY, "quoted_id": GONE, "conversation_id": KEPT, "author_id": "4003", "payload": quote},
    )
    put(spark, settings, "silver.tweet_entities", *[{"tweet_id": each, "created_on": NOON.date()} for each in words])


def assert_gone(spark: SparkSession, settings: Settings) -> None:
    """The tweet of `a_lake` is deleted with its retweet, and nothing else is."""
    assert column(settings, "silver.tweets", "tweet_id") == [KEPT, REPLY]
    left = everything(settings)
    assert [text for text in (GONE, COPY, SECRET_WORDS) if text in left] == []
    assert [text for text in (KEPT, REPLY, "words to keep") if text not in left] == []
    receipts = stored_rows(settings, "restricted.erasure_receipts")
    assert [(row["kind"], row["subject_key"], bool(row["erased_at"])) for row in receipts] == [
        ("delete", key_of(GONE), True)
    ]
    removed = {"bronze.tweets": 3, "silver.tweets": 2, "silver.tweet_entities": 1, "silver.metric_observations": 2}
    assert {name: count for name, count in dict(receipts[0]["removed"]).items() if count} == removed


def die_before(
    point: Callable[[ErasureRun], None], spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is killed before it does `point`."""
    steps = erase_tweets.STEPS
    with monkeypatch.context() as patched:
        patched.setattr(erase_tweets, "STEPS", (*steps[: steps.index(point)], killed))
        with pytest.raises(KeyboardInterrupt):
            erase(spark, settings)


@pytest.mark.timeout(600)
def test_a_deleted_tweet_goes_with_its_retweet_and_all_that_was_derived(
    spark: SparkSession, offline_settings: Settings
) -> None:
    a_lake(spark, offline_settings)
    authors = [key_of(each) for each in ("4001", "4002", "4003", "4009")]
    states = [{"brand": "acme", "author_key": author, "run_id": 1} for author in authors]
    put(spark, offline_settings, "gold.author_profile_history", *states)
    before = reconcile_input.count_input(spark, offline_settings)
    land_notices(spark, offline_settings, ("delete", {"tweet": {"id": GONE, "author_id": "4001"}}))
    assert erase(spark, offline_settings) == 1
    assert_gone(spark, offline_settings)
    assert column(offline_settings, "silver.tweets", "quoted_id") == [None, None]
    assert column(offline_settings, "silver.tweets", "conversation_id") == [KEPT, None]
    keys = column(offline_settings, "restricted.tombstones", "subject_key")
    assert keys == sorted([key_of(GONE), key_of(COPY)])
    assert column(offline_settings, "gold.author_profile_history", "author_key") == [key_of("4009")]
    after = reconcile_input.count_input(spark, offline_settings)
    assert (after.distinct, after.repeats, after.erased, after.notices) == (2, 0, 2, 1)
    assert after.accounted == before.accounted + 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_the_stream_keeps_out_leaves_nothing_behind(spark: SparkSession, offline_settings: Settings) -> None:
    store_tweets(spark, offline_settings, {"tweet_id": KEPT})
    repeats = [{"type": "retweeted", "id": GONE}]
    early, late = (a_payload(id=each, author_id="4002", referenced_tweets=repeats) for each in (COPY, OTHER))
    records_into(spark, offline_settings, records(spark, a_record(early, 1)))
    land_notices(spark, offline_settings, ("delete", {"tweet": {"id": GONE}}))
    assert erase(spark, offline_settings) == 1
    records_into(spark, offline_settings, records(spark, a_record(late, 2, ingested_on=OPTIONS.as_of.date())))
    observe_metrics.run(spark, offline_settings)
    assert column(offline_settings, "silver.metric_observations", "tweet_id") == [KEPT]
    assert erase(spark, offline_settings) == 0
    left = everything(offline_settings)
    assert [each for each in (GONE, COPY, OTHER) if each in left] == []
    receipts = stored_rows(offline_settings, "restricted.erasure_receipts")
    told = {row["kind"]: (dict(row["removed"]), bool(row["erased_at"])) for row in receipts}
    assert told["recheck"] == ({"bronze.tweets": 1}, True)
    assert {name: count for name, count in told["delete"][0].items() if count} == {
        "bronze.tweets": 1,
        "silver.metric_observations": 1,
    }
    erase(spark, offline_settings)
    assert stored_count(offline_settings, "restricted.erasure_receipts") == 2


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_that_is_killed_between_two_tables_finds_the_second_again(
    spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_tweets(spark, settings, {"tweet_id": KEPT})
    records_into(spark, settings, records(spark, a_record(a_payload(id=GONE, author_id="66"), 1)))
    reject = {"topic": "tweets.raw.v1", "partition": 0, "offset": 1, "tweet_id": GONE, "reason": "text_too_long"}
    put(spark, settings, "silver.rejected_tweets", reject)
    land_notices(spark, settings, ("user_delete", {"user": {"id": "66"}}))

    def die_at_rejects(rows: DataFrame, asked: Settings, name: str, **given: Any) -> None:
        if name == "silver.rejected_tweets":
            raise KeyboardInterrupt
        delete_rows(rows, asked, name, **given)

    with monkeypatch.context() as patched:
        patched.setattr(erase_tweets, "delete_rows", die_at_rejects)
        with pytest.raises(KeyboardInterrupt):
            erase(spark, settings)
    erase(spark, settings)
    assert GONE not in everything(settings)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("points", [[erase_tweets.scrub_silver], erase_tweets.STEPS], ids=["one", "every"])
def test_a_run_that_is_killed_before_a_step_is_made_good(
    spark: SparkSession,
    offline_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    points: list[Callable[[ErasureRun], None]],
) -> None:
    a_lake(spark, offline_settings)
    land_notices(spark, offline_settings, ("delete", {"tweet": {"id": GONE}}))
    for point in points:
        die_before(point, spark, offline_settings, monkeypatch)
    erase(spark, offline_settings)
    assert_gone(spark, offline_settings)


ADDED = Table(
    ("note_id",), shape(**several("note_id", "author_id", kind="string")), "purpose", 30, "author_id", (), True
)


def test_every_table_there_is_or_will_be_is_reached(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tables.TABLES, "gold.notes", ADDED)
    stones = [
        {"subject": subject, "subject_key": key_of(plain), "kind": "delete"}
        for subject, plain in (("tweet", GONE), ("author", "66"))
    ]
    put(spark, offline_settings, "restricted.tombstones", *stones)
    erasure = ErasureRun(spark, offline_settings, OPTIONS)
    place = ("t", 0, 66, "tweet", key_of(GONE), True)
    columns = "topic string, partition int, offset long, subject string, subject_key string, is_own boolean"
    erasure.__dict__["records"] = spark.createDataFrame([place], columns)
    names = [name for name, table in TABLES.items() if table.erasure in REACHED]
    assert {name for name in TABLES if name not in names} == EXEMPT
    for name in names:
        rows = rows_of(spark, name, *[naming(TABLES[name], each, who) for each, who in ((GONE, "66"), (KEPT, "4001"))])
        key = TABLES[name].key
        found = {tuple(row) for row in erasure.find(name, rows).select(*key).collect()}
        assert found == {tuple(rows.select(*key).collect()[0])}, name


EXEMPT = {
    "bronze.compliance",  # redacted
    *("bronze.collection_gaps", "bronze.api_reads", "gold.segments", "gold.model_drift"),
    *(
        "gold.segment_history",
        "gold.segment_events",
        "gold.segment_fits",
        "gold.campaign_results",
        "gold.brand_trends",
        "gold.cleaning_report",
        "gold.topics",
        "gold.topic_events",
        "gold.topic_trends",
        "gold.alerts",  # no id, no text
        "ops.pipeline_state",
    ),
    *("silver.erased_records", "restricted.tombstones", "restricted.erasure_receipts", "restricted.audit_log"),
}
"""Tables in which an erasure finds no row: add a new one only if its map entry says why."""


def naming(table: Table, tweet_id: str, author: str) -> Row:
    """A row that names both, wherever its table can; its key differs with them."""
    values = {"tweet_id": tweet_id, "author_id": author, "author_key": key_of(author), "brand": "acme",
              "topic": "t", "partition": 0, "offset": int(author), "note_id": author,
              "candidate_key": author, "event_key": author, "feedback_key": author}  # fmt: skip
    return {name: value for name, value in values.items() if name in table.schema.fieldNames()}


PLACE = {"place_id": "p1", "full_name": "Lyon", "country_code": "FR", "longitude": None, "latitude": None}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_scrubbed_places_go_older_versions_go_and_what_x_takes_back_may_come_again(
    spark: SparkSession, settings: Settings
) -> None:
    placed = a_payload(id=KEPT, geo={"place_id": "p1"})
    quote = a_payload(id=QUOTE, author_id="4003", created_at="2026-05-04T13:00:00.000Z")
    quote["includes"] = {"tweets": [placed["data"]]}
    store_tweets(
        spark,
        settings,
        {"tweet_id": KEPT, "place": PLACE, "payload": placed},
        {"tweet_id": OTHER, "author_id": "4009", "edit_history_ids": [GONE, OTHER]},
        {"tweet_id": GONE, "author_id": "4009", "edit_history_ids": [GONE]},
        {"tweet_id": COPY, "author_id": "66"},
        {"tweet_id": QUOTE, "author_id": "4003", "payload": quote},
    )
    bodies: list[tuple[str, Row]] = [
        ("scrub_geo", {"user": {"id": "4001"}, "up_to_tweet_id": KEPT}),
        ("tweet_edit", {"tweet": {"id": OTHER}, "initial_tweet_id": GONE, "edit_tweet_ids": [GONE, OTHER]}),
        ("user_protect", {"user": {"id": "66"}}),
        ("drop", {"tweet": {"id": REPLY}}),
    ]
    land_notices(spark, settings, *bodies)
    assert erase(spark, settings) == 4
    rows = {row["tweet_id"]: row for row in stored_rows(settings, "silver.tweets")}
    assert set(rows) == {KEPT, OTHER, QUOTE}
    assert (rows[KEPT]["place"], rows[OTHER]["edit_history_ids"]) == (None, [None, OTHER])
    assert "p1" not in everything(settings)
    assert tombstone_kinds(spark, settings) == ["drop", "edit", "protect", "protect", "scrub_geo"]

    late, early = "2026-05-06T00:00:00.000Z", "2026-05-01T00:00:00.000Z"
    land_notices(spark, settings, ("user_unprotect", {"user": {"id": "66"}}), at=late)
    land_notices(spark, settings, ("undrop", {"tweet": {"id": REPLY}}), at=early)
    assert erase(spark, settings) == 2
    assert tombstone_kinds(spark, settings) == ["drop", "edit", "scrub_geo"]


def tombstone_kinds(spark: SparkSession, settings: Settings) -> list[Any]:
    return column(settings, "restricted.tombstones", "kind")


def test_an_undoing_lifts_what_an_older_notice_caused_and_no_newer_one(
    spark: SparkSession, offline_settings: Settings
) -> None:
    stone = {"subject": "tweet", "kind": "protect", "cause_subject": "author", "event_at": NOON}
    own = {"subject": "tweet", "kind": "drop", "cause_subject": "tweet", "cause_key": key_of(GONE), "event_at": NOON}
    put(
        spark,
        offline_settings,
        "restricted.tombstones",
        stone | {"subject_key": "went along", "cause_key": key_of("66")},
        stone | {"subject_key": "another's", "cause_key": key_of("67")},
        own | {"subject_key": key_of(GONE)},
    )
    land_notices(spark, offline_settings, ("user_unprotect", {"user": {"id": "66"}}), at="2026-05-06T00:00:00.000Z")
    land_notices(spark, offline_settings, ("undrop", {"tweet": {"id": GONE}}), at="2026-05-01T00:00:00.000Z")
    create_table(spark, offline_settings, "restricted.erasure_receipts")
    erase_tweets.lift_tombstones(ErasureRun(spark, offline_settings, OPTIONS))
    assert column(offline_settings, "restricted.tombstones", "subject_key") == sorted(["another's", key_of(GONE)])


def test_a_dry_run_writes_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    land_notices(spark, offline_settings, ("delete", {"tweet": {"id": GONE}}))
    assert erase_tweets.run(spark, offline_settings, DRY) == 1
    assert column(offline_settings, "bronze.compliance", "tweet_id") == [GONE]
    assert tombstone_kinds(spark, offline_settings) == []


def test_a_dry_run_of_the_job_creates_no_table_and_no_topic(
    spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "build_session", lambda *_: spark)
    job.main(settings, DRY)
    assert not Path(settings.lake.path).exists()
    admin = open_admin(settings)
    topics = admin.list_topics()
    admin.close()
    assert not {settings.kafka.tweets_topic, settings.kafka.compliance_topic} & set(topics)


def test_the_job_offers_no_brand() -> None:
    with pytest.raises(SystemExit) as ended:
        run_job(job.main, ["--brand", "acme"], flags=job.FLAGS)
    assert ended.value.code == 2


@pytest.mark.parametrize("before", [None, "true"])
@pytest.mark.parametrize("fails", [False, True])
def test_the_sessions_adaptive_execution_is_restored_also_after_a_failure(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, fails: bool, before: str | None
) -> None:
    seen: list[str | None] = []

    def step(erasure: ErasureRun) -> None:
        seen.append(erasure.spark.conf.get(ADAPTIVE))
        if fails:
            raise OSError("the step failed")

    monkeypatch.setattr(erase_tweets, "STEPS", (step,))
    put(spark, offline_settings, "restricted.tombstones", {"subject": "tweet", "subject_key": "k", "kind": "delete"})
    spark.conf.unset(ADAPTIVE) if before is None else spark.conf.set(ADAPTIVE, before)
    with pytest.raises(OSError, match="the step failed") if fails else nullcontext():
        erase_tweets.run(spark, offline_settings, OPTIONS)
    after = spark.conf.get(ADAPTIVE, None)
    spark.conf.unset(ADAPTIVE)
    assert (seen, after) == (["false"], before)
