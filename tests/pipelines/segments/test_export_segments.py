"""Exports: aggregates for everybody, an audience for X alone, and the effect of a campaign."""

import csv
import hashlib
import json
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import SecretStr
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.privacy import rotate_author_key
from pipelines.segments import export_audience, export_segments, measure_campaign
from pipelines.sinks.lake import create_table, lock_tables, overwrite_rows
from pipelines.sources.lake import read_table
from runtime.errors import BadInput, CheckFailed, TableLocked, UsageError
from tests.builders import NOON, a_tweet, tweets
from tests.killing import killed
from tests.stored import stored_count, stored_rows

SEGMENT = {
    "brand": "acme",
    "segment_id": "s01",
    "name": "Fans",
    "author_count": 120,
    "top_categories": ["delay", "staff"],
}


def put(spark: SparkSession, settings: Settings, name: str, *rows: Mapping[str, Any]) -> None:
    create_table(spark, settings, name)
    schema = TABLES[name].schema
    values = [tuple(row.get(column) for column in schema.names) for row in rows]
    overwrite_rows(spark.createDataFrame(values, schema), settings, name)


def asked(**fields: Any) -> Options:
    extra = {"format": "csv", "output": None, "audience": None, "campaign": None, "purpose": None, "target": "x"}
    own = {name: fields.pop(name) for name in tuple(fields) if name in extra}
    shared = {"env": None, "brand": "acme", "as_of": NOON, "run_id": 1, "dry_run": False, "full": False}
    return Options(**(shared | fields), extra=extra | own)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_cards_and_series_are_written_in_every_format(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, form: str
) -> None:
    put(spark, offline_settings, "gold.segments", SEGMENT, SEGMENT | {"brand": "globex"})
    put(spark, offline_settings, "gold.segment_history", {"brand": "acme", "segment_id": "s01", "author_count": 115})
    cards, series = export_segments.run(spark, offline_settings, asked(format=form, output=str(tmp_path)))
    read = {
        "csv": lambda file: list(csv.DictReader(file.open(newline=""))),
        "json": lambda file: [json.loads(line) for line in file.read_text("utf-8").splitlines()],
        "parquet": lambda file: pd.read_parquet(file).to_dict("records"),
    }[form]
    (card,) = read(cards)
    assert (card["name"], int(card["author_count"]), card["top_categories"]) == ("Fans", 120, "delay, staff")
    assert [int(row["author_count"]) for row in read(series)] == [115]


def test_an_unknown_format_is_refused(spark: SparkSession, offline_settings: Settings) -> None:
    with pytest.raises(UsageError, match="--format xls: unknown; the formats are csv, json, parquet"):
        export_segments.run(spark, offline_settings, asked(format="xls"))


def with_audiences(settings: Settings, *, enabled: bool = True, control_share: float = 0.2) -> Settings:
    audiences = settings.export.audiences.model_copy(update={"enabled": enabled, "control_share": control_share})
    return settings.model_copy(update={"export": settings.export.model_copy(update={"audiences": audiences})})


def fill(spark: SparkSession, settings: Settings, callers: int) -> None:
    """300 authors of a segment, of whom `callers` mentioned the brand, and one author who did so in another segment."""
    members = [{"brand": "acme", "author_key": f"k{number}", "segment_id": "s01"} for number in range(300)]
    put(
        spark, settings, "gold.author_segments", *members, {"brand": "acme", "author_key": "other", "segment_id": "s02"}
    )
    known = [(f"k{number}", str(number)) for number in range(callers)] + [("other", "999")]
    rows = [{"author_key": key, "author_id": account, "brands": ["acme"]} for key, account in known]
    put(
        spark,
        settings,
        "restricted.author_identities",
        *rows,
        {"author_key": "k299", "author_id": "1", "brands": ["x"]},
    )


AUDIENCE = {"audience": "s01", "campaign": "spring", "purpose": "thanks to callers"}


def test_an_audience_holds_hashed_ids_of_callers_and_some_are_held_back(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    settings = with_audiences(offline_settings)
    fill(spark, settings, 200)
    file = export_audience.run(spark, settings, asked(**AUDIENCE, output=str(tmp_path)))
    assert file is not None
    lines = file.read_text("utf-8").splitlines()
    possible = {hashlib.sha256(str(number).encode()).hexdigest() for number in range(200)}
    assert set(lines) <= possible
    assert 130 < len(set(lines)) == len(lines) < 190
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    noted = stored_rows(settings, "restricted.campaign_members")
    assert len(noted) == 200
    assert sum(not row["is_control"] for row in noted) == len(lines)
    (first, *_), purposes = (
        stored_rows(settings, "restricted.audit_log"),
        "thanks to callers (campaign spring)",
    )
    assert (first["action"], first["purpose"], first["row_count"]) == ("export_audience", purposes, len(lines))
    again = export_audience.run(spark, settings, asked(**AUDIENCE, output=str(tmp_path / "again")))
    assert again is not None
    assert again.read_text("utf-8").splitlines() == lines


@pytest.mark.parametrize(
    ("fields", "enabled", "error", "words"),
    [
        ({}, False, UsageError, "export.audiences.enabled is false"),
        ({"target": "email"}, True, UsageError, "forbids targeting people with advertising outside X"),
        ({"purpose": None}, True, UsageError, "--purpose is needed"),
        ({"brand": None}, True, UsageError, "--brand is needed"),
        ({"campaign": "../spring"}, True, UsageError, "it may not contain /"),
        ({}, True, CheckFailed, "fewer than 100 authors"),
    ],
)
def test_an_audience_that_may_not_be_is_refused_and_nothing_is_written(
    spark: SparkSession,
    offline_settings: Settings,
    tmp_path: Path,
    fields: dict[str, Any],
    enabled: bool,
    error: type[Exception],
    words: str,
) -> None:
    settings = with_audiences(offline_settings, enabled=enabled)
    fill(spark, settings, 110)
    with pytest.raises(error, match=words):
        export_audience.run(spark, settings, asked(**(AUDIENCE | fields), output=str(tmp_path)))
    assert list(tmp_path.iterdir()) == [settings.home.parent / "home"]


def test_who_is_held_back_stays_so_whatever_becomes_of_the_keys_and_the_share(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    settings = with_audiences(offline_settings)
    fill(spark, settings, 150)
    first = export_audience.run(spark, settings, asked(**AUDIENCE, output=str(tmp_path / "first")))
    secrets = settings.secrets.model_copy(update={"author_key_links": SecretStr("a second one")})
    rotated = with_audiences(settings.model_copy(update={"secrets": secrets}), control_share=0.4)
    rotate_author_key.run(spark, rotated, asked())
    again = export_audience.run(spark, rotated, asked(**AUDIENCE, output=str(tmp_path / "again")))
    assert first is not None
    assert again is not None
    assert again.read_text("utf-8") == first.read_text("utf-8")
    holdout = read_table(spark, rotated, "restricted.campaign_members").where("is_control").count()
    assert holdout == 150 - len(first.read_text("utf-8").splitlines()) > 0


def test_an_audience_is_noted_before_it_is_written_and_by_one_run_at_a_time(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_audiences(offline_settings)
    fill(spark, settings, 200)
    asking = asked(**AUDIENCE, output=str(tmp_path / "out"))
    with lock_tables(settings, "restricted.audit_log"), pytest.raises(TableLocked):
        export_audience.run(spark, settings, asking)

    monkeypatch.setattr(export_audience, "write_private", killed)
    with pytest.raises(KeyboardInterrupt):
        export_audience.run(spark, settings, asking)
    noted = stored_rows(settings, "restricted.audit_log")
    assert {row["exported_to"] for row in noted} == {str(tmp_path / "out" / "spring.csv")}


def test_a_campaign_is_of_one_segment_of_one_brand(
    spark: SparkSession, offline_settings: Settings, tmp_path: Path
) -> None:
    settings = with_audiences(offline_settings)
    fill(spark, settings, 200)
    member = {"campaign": "spring", "author_key": "k1", "brand": "globex", "segment_id": "s07", "is_control": False}
    put(spark, settings, "restricted.campaign_members", member)
    with pytest.raises(UsageError, match="--campaign spring already belongs to segment s07 of globex"):
        export_audience.run(spark, settings, asked(**AUDIENCE, output=str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()
    assert stored_count(settings, "restricted.campaign_members") == 1


def campaign(spark: SparkSession, settings: Settings, lift: float, authors: int = 400) -> list[dict[str, Any]]:
    """Half are the holdout; everybody has a tweet before and one after, which is `lift` better in the audience."""
    start = NOON - timedelta(days=10)
    people = [(f"k{number}", number % 2 == 0) for number in range(authors)]
    members = [
        {
            "campaign": "spring",
            "author_key": key,
            "brand": "acme",
            "segment_id": "s01",
            "is_control": holdout,
            "started_at": start,
        }
        for key, holdout in people
    ]
    put(spark, settings, "restricted.campaign_members", *members)
    tweets = []
    for number, (key, holdout) in enumerate(people):
        mood = 0.3 + 0.4 * (number % 7) / 7
        for days, more in ((-3, 0.0), (3, 0.1 + (0.0 if holdout else lift))):
            noise = 0.05 * ((number * 13 + days) % 5 - 2) / 2
            tweets.append(
                a_tweet(
                    tweet_id=f"{number}{days}",
                    author_key=key,
                    created_at=start + timedelta(days=days),
                    sentiment={"score": mood + more + noise},
                )
            )
    put(spark, settings, "silver.tweets", *tweets)
    rows = measure_campaign.run(spark, settings, Options(None, None, NOON, 1, False, False, {"campaign": "spring"}))
    return [dict(row) for row in rows]


def test_a_campaign_that_moved_its_audience_is_told_with_its_interval(
    spark: SparkSession, offline_settings: Settings
) -> None:
    sentiment, engagement = campaign(spark, offline_settings, lift=0.2)
    assert (sentiment["verdict"], sentiment["audience_count"], sentiment["control_count"]) == ("rose", 200, 200)
    assert sentiment["effect_low"] <= 0.2 <= sentiment["effect_high"]
    assert engagement["verdict"] == "one side has fewer than 100 authors with tweets before and after"
    stored = read_table(spark, offline_settings, "gold.campaign_results").where("outcome = 'sentiment'").collect()
    assert [row["effect"] for row in stored] == [sentiment["effect"]]


def test_what_moved_everybody_is_no_effect(spark: SparkSession, offline_settings: Settings) -> None:
    sentiment, _ = campaign(spark, offline_settings, lift=0.0)
    assert sentiment["verdict"] == "no effect is shown"
    assert sentiment["effect_low"] <= 0 <= sentiment["effect_high"]


def answered(spark: SparkSession, giant: int) -> dict[str, Any]:
    """The result for engagement where one of 201 in the audience gets `giant` responses after the start."""
    start = NOON - timedelta(days=10)
    rows = [
        a_tweet(
            author_key=f"k{number}",
            created_at=start + timedelta(days=days),
            metrics={"like_count": giant if (number, days) == (0, 3) else number % 11 + (7 if days > 0 else 0)},
        )
        for number in range(401)
        for days in (-3, 3)
    ]
    holdout = (F.substring("author_key", 2, 3).cast("int") % 2 == 1).alias("is_control")
    since = F.lit(start.isoformat()).cast("timestamp").alias("started_at")
    changes = measure_campaign.build_changes(tweets(spark, *rows).select("*", holdout, since), asked())
    return measure_campaign.measure_outcome(changes, "engagement")


def test_one_author_whom_everybody_answers_is_no_effect_and_what_is_told_has_two_digits(spark: SparkSession) -> None:
    result = answered(spark, giant=100_000)
    assert result == answered(spark, giant=9)
    assert (result["effect"], result["audience_count"]) == (0.0, 200)


def test_a_small_campaign_is_not_told(spark: SparkSession, offline_settings: Settings) -> None:
    sentiment, _ = campaign(spark, offline_settings, lift=0.2, authors=150)
    assert "effect" not in sentiment


def test_an_unknown_campaign_is_said_to_be(spark: SparkSession, offline_settings: Settings) -> None:
    with pytest.raises(BadInput, match="campaign 'autumn' has no members"):
        measure_campaign.run(
            spark, offline_settings, Options(None, None, NOON, 1, False, False, {"campaign": "autumn"})
        )
