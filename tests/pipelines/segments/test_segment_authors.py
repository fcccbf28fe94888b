"""Segments of a brand from its profiles: what a fit writes, who joins it, and what the next fit reuses."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from models.segments.tracking import find_model
from pipelines.segments import segment_authors
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from runtime.resources import PROJECT
from tests.models.segments.profiles import crowd

GOLDEN = PROJECT / "tests" / "golden"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WRITTEN = ("gold.author_segments", "gold.segments")
Row = dict[str, Any]


def asked(day: int = 0, **fields: Any) -> Options:
    plain = {"env": None, "brand": None, "as_of": NOON + timedelta(days=day), "run_id": day + 1}
    return Options(**({**plain, "dry_run": False, "full": False} | fields))


def small(settings: Settings, **fields: float) -> Settings:
    """The same settings with few candidates for k and few authors needed."""
    asked_for = {"min_authors": 20, "smallest_segment": 5, "max_segments": 4} | fields
    return settings.model_copy(update={"segment_authors": settings.segment_authors.model_copy(update=asked_for)})


def fill_profiles(spark: SparkSession, settings: Settings, *rows: Row) -> None:
    plain = {"brand": "acme", "run_id": 1, "as_of": NOON}
    fill(spark, settings, "gold.author_profiles", *[plain | row for row in rows])


def rounded(value: Any) -> Any:
    """Figures to 6 digits: the last ones depend on the machine's arithmetic."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return (
        [rounded(each) for each in value]
        if isinstance(value, list)
        else round(value, 6)
        if isinstance(value, float)
        else value
    )


def rows_of(spark: SparkSession, settings: Settings, name: str) -> list[Row]:
    table = read_table(spark, settings, name).drop("model_version")
    return [rounded(json.loads(line)) for line in table.orderBy(*TABLES[name].key).toJSON().collect()]


def segment_of(spark: SparkSession, settings: Settings) -> dict[str, str]:
    return {row["author_key"]: row["segment_id"] for row in rows_of(spark, settings, "gold.author_segments")}


def events_of(spark: SparkSession, settings: Settings, run_id: int | None = None) -> list[tuple[str, str]]:
    """(segment_id, event) of all runs, or of one."""
    rows = rows_of(spark, settings, "gold.segment_events")
    return [(row["segment_id"], row["event"]) for row in rows if run_id in (None, row["run_id"])]


def golden(name: str) -> list[Row]:
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]


def moved(rows: list[Row]) -> list[Row]:
    """A week later: the largest kind half as positive, all with more followers, the others unchanged."""
    return [
        row
        | {"followers_count": int(row["followers_count"] * 1.1)}
        | ({"sentiment_mean": row["sentiment_mean"] / 2} if "kind0" in row["author_key"] else {})
        for row in rows
    ]


@pytest.mark.timeout(900)
def test_segments_are_fitted_joined_and_keep_their_ids_when_they_are_fitted_again(
    spark: SparkSession, offline_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "brandpulse.segment_authors")
    settings, authors = small(offline_settings), crowd((60, 45, 30))
    others: list[Row] = [
        {"brand": "tiny", "author_key": "alone"},
        {"author_key": "bot", "is_bot_like": True, "tweet_count": 9000},
        {"author_key": "shop", "is_brand_account": True, "tweet_count": 700},
    ]
    fill_profiles(spark, settings, *authors, *others)
    segment_authors.run(spark, settings, asked())
    assert "tiny: 1 profiles, fewer than segment_authors.min_authors (20): no segments" in caplog.messages
    assert_first_fit(spark, settings)
    first = segment_of(spark, settings)

    newcomers = crowd((2, 2, 2), seed=9, prefix="new-")
    versions = [table_version(spark, settings, name) for name in WRITTEN]
    segment_authors.run(spark, settings, asked(day=1))
    for name, version in zip(WRITTEN, versions, strict=True):
        changed = table_version(spark, settings, name) > version
        assert not changed or read_changes(spark, settings, name, version + 1).count() == 0
    fill_profiles(spark, settings, *authors, *newcomers)
    segment_authors.run(spark, settings, asked(day=2))
    joined = segment_of(spark, settings)
    assert joined == first | {row["author_key"]: joined[row["author_key"]] for row in newcomers}
    assert {key[:9]: joined[key] for key in joined if key.startswith("new-")} == {
        f"new-kind{kind}": first[f"kind{kind}-0000"] for kind in range(3)
    }
    assert len(rows_of(spark, settings, "gold.segment_fits")) == 1

    fill_profiles(spark, settings, *moved(authors))
    segment_authors.run(spark, settings, asked(day=8))
    assert segment_of(spark, settings) == first
    assert_refit(spark, settings)


def assert_first_fit(spark: SparkSession, settings: Settings) -> None:
    """Tables, picture and stored model of the first fit."""
    assert rows_of(spark, settings, "gold.segments") == golden("segments")
    assert rows_of(spark, settings, "gold.author_segments") == golden("author_segments")
    assert (settings.reports / "segments-acme.png").read_bytes().startswith(b"\x89PNG")
    (fit,) = rows_of(spark, settings, "gold.segment_fits")
    assert (fit["segment_count"], fit["author_count"]) == (3, 135)
    assert fit["stability_score"] > 0.8
    model = find_model(settings, "acme")
    assert model is not None
    profiles = read_table(spark, settings, "gold.author_profiles").where(
        "NOT coalesce(is_bot_like, is_brand_account, false)"
    )
    served = {
        row["author_key"]: row["segment_id"] for row in model.transform(profiles.where("brand = 'acme'")).collect()
    }
    assert served == segment_of(spark, settings)


def assert_refit(spark: SparkSession, settings: Settings) -> None:
    """Events, drift, change and history of the fit a week later."""
    events = [row for row in rows_of(spark, settings, "gold.segment_events") if row["run_id"] == 9]
    assert [(row["segment_id"], row["event"], row["member_overlap"]) for row in events] == [
        (one, "kept", 1.0) for one in ("s01", "s02", "s03")
    ]
    _, refit = rows_of(spark, settings, "gold.segment_fits")
    psi = {row["feature"]: row["psi"] for row in refit["features"]}
    assert refit["rand_index"] == 1.0
    assert psi["sentiment_mean"] > 0.25 > psi["reply_share"]
    largest = rows_of(spark, settings, "gold.segments")[0]
    assert largest["change_summary"] == (
        "Since 2026-05-05, the number of authors stayed at 60 and sentiment fell from 0.81 to 0.40."
    )
    history = rows_of(spark, settings, "gold.segment_history")
    assert [row["measured_on"] for row in history if row["segment_id"] == "s01"] == [
        "2026-05-04",
        "2026-05-05",
        "2026-05-06",
        "2026-05-12",
    ]


@pytest.mark.slow
def test_a_segment_that_has_become_too_small_is_not_shown_and_the_fit_is_made_at_once(
    spark: SparkSession, offline_settings: Settings
) -> None:
    settings, authors = small(offline_settings), crowd((60, 45, 30))
    fill_profiles(spark, settings, *authors)
    segment_authors.run(spark, settings, asked())
    assert len(rows_of(spark, settings, "gold.segments")) == 3
    leavers = [row for row in authors if "kind2" in row["author_key"]][4:]
    fill_profiles(spark, settings, *(row for row in authors if row not in leavers))
    segment_authors.run(spark, settings, asked(day=1))
    assert len(rows_of(spark, settings, "gold.segment_fits")) == 2
    assert min(row["author_count"] for row in rows_of(spark, settings, "gold.segments")) >= 5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_brand_whose_authors_become_alike_loses_its_segments_until_they_are_found_again(
    spark: SparkSession, offline_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "brandpulse.segment_authors")
    settings, authors = small(offline_settings), crowd((60, 45, 30))
    fill_profiles(spark, settings, *authors)
    segment_authors.run(spark, settings, asked())
    first = segment_of(spark, settings)

    fill_profiles(spark, settings, *[{"author_key": f"author{number}", "tweet_count": 3} for number in range(30)])
    segment_authors.run(spark, settings, asked(day=8))
    assert "acme: no segments: all authors are alike" in caplog.messages
    assert [rows_of(spark, settings, name) for name in WRITTEN] == [[], []]
    _, fit = rows_of(spark, settings, "gold.segment_fits")
    assert (fit["segment_count"], fit["reason"]) == (0, "all authors are alike")
    assert events_of(spark, settings, run_id=9) == [(one, "died") for one in ("s01", "s02", "s03")]
    assert (settings.reports / "segments-acme.png").is_file()
    segment_authors.run(spark, settings, asked(day=9))
    assert len(rows_of(spark, settings, "gold.segment_fits")) == 2, "structure is not looked for again before its time"

    segment_authors.run(spark, settings, asked(day=16))
    assert events_of(spark, settings, run_id=17) == [], "what is dead does not die again"
    fill_profiles(spark, settings, *authors)
    segment_authors.run(spark, settings, asked(day=24))
    assert segment_of(spark, settings) == first
    assert events_of(spark, settings, run_id=25) == [(one, "returned") for one in ("s01", "s02", "s03")]
    segment_authors.run(spark, settings, asked(day=25))
    assert len(rows_of(spark, settings, "gold.segment_fits")) == 4, "authors join again"


@pytest.mark.parametrize(
    ("in_the_fit", "in_the_events"), [(7, None), pytest.param(None, "s07", marks=pytest.mark.slow)]
)
def test_an_id_is_never_given_twice_though_its_events_have_expired_or_its_fit_did_not_count(
    spark: SparkSession, offline_settings: Settings, in_the_fit: int | None, in_the_events: str | None
) -> None:
    settings = small(offline_settings)
    last: Row = {"brand": "acme", "run_id": 0, "as_of": NOON - timedelta(days=8)}
    fill(spark, settings, "gold.segment_fits", last | {"features": [], "centroids": [], "last_number": in_the_fit})
    if in_the_events:
        fill(spark, settings, "gold.segment_events", last | {"segment_id": in_the_events, "event": "died"})
    fill_profiles(spark, settings, *crowd((30, 25, 20)))
    segment_authors.run(spark, settings, asked())
    assert [row["segment_id"] for row in rows_of(spark, settings, "gold.segments")] == ["s08", "s09", "s10"]
    assert rows_of(spark, settings, "gold.segment_fits")[-1]["last_number"] == 10


@pytest.mark.slow
@pytest.mark.parametrize("table", segment_authors.WRITTEN)
def test_a_run_that_was_killed_before_any_write_is_made_good_by_the_next(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    settings = small(offline_settings)
    fill_profiles(spark, settings, *crowd((30, 25, 20)))

    def write_or_die(
        write: Callable[..., None], rows: DataFrame, given: Settings, name: str, *how: Any, **s: Any
    ) -> None:
        if name == table:
            raise KeyboardInterrupt
        write(rows, given, name, *how, **s)

    with monkeypatch.context() as broken:
        for writer in ("merge_rows", "merge_changed_rows"):
            broken.setattr(segment_authors, writer, partial(write_or_die, getattr(segment_authors, writer)))
        with pytest.raises(KeyboardInterrupt):
            segment_authors.run(spark, settings, asked())
    segment_authors.run(spark, settings, asked(day=1))
    ids = ["s01", "s02", "s03"]
    (fit,) = rows_of(spark, settings, "gold.segment_fits")
    assert events_of(spark, settings) == events_of(spark, settings, fit["run_id"]) == [(one, "born") for one in ids]
    assert [row["segment_id"] for row in rows_of(spark, settings, "gold.segments")] == ids
    assert sorted({*segment_of(spark, settings).values()}) == ids
    assert {row["segment_id"] for row in rows_of(spark, settings, "gold.segment_history")} == {*ids}


def fill(spark: SparkSession, settings: Settings, name: str, *rows: Row) -> None:
    create_table(spark, settings, name)
    schema = TABLES[name].schema
    values = [tuple(row.get(each) for each in schema.names) for row in rows]
    overwrite_rows(spark.createDataFrame(values, schema), settings, name)


def fill_segments(spark: SparkSession, settings: Settings, *brands: str) -> None:
    row = {"segment_id": "s01", "author_key": "author1", "distance_score": 0.5, "run_id": 1, "as_of": NOON}
    for name in WRITTEN:
        fill(spark, settings, name, *[row | {"brand": brand} for brand in brands])


def test_a_brand_that_has_too_few_authors_left_loses_its_segments_alone(
    spark: SparkSession, offline_settings: Settings
) -> None:
    settings = small(offline_settings)
    rows = [{"brand": brand, "author_key": f"author{number}"} for brand in ("acme", "globex") for number in range(5)]
    fill_profiles(spark, settings, *rows)
    fill_segments(spark, settings, "acme", "globex")
    segment_authors.run(spark, settings, asked(brand="acme", run_id=2))
    for name in WRITTEN:
        assert [row["brand"] for row in rows_of(spark, settings, name)] == ["globex"]


def test_without_profiles_there_are_no_segments(spark: SparkSession, offline_settings: Settings) -> None:
    segment_authors.run(spark, offline_settings, asked())
    assert [rows_of(spark, offline_settings, name) for name in WRITTEN] == [[], []]


def test_a_dry_run_writes_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    settings = small(offline_settings)
    fill_profiles(spark, settings, *crowd((20, 15, 10)))
    segment_authors.run(spark, settings, asked(dry_run=True))
    assert [table_version(spark, settings, name) for name in WRITTEN] == [-1, -1]
    assert not settings.reports.exists()
