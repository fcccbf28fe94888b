"""Files of every kind through the broker and one Spark: what silver holds is what the reader promised of each file."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf.settings import Settings
from jobs.stream_tweets import STAGES
from models.annotation.annotator import build_pipeline, pipeline_folder, save_pipeline
from pipelines.collection import collect_archive
from pipelines.ingestion import observe_metrics, reconcile_input
from pipelines.sinks.kafka_retention import prepare_topics
from pipelines.sinks.streams import run_hops
from tests.annotators import write_tiny_annotator
from tests.erasing import erase
from tests.pipelines.collection.test_collect_archive import some_options
from tests.pipelines.sources.archive.kinds import EXPECTED, OWN_EXPECTED, SHARED_EXPECTED, Outcome, key, write_kinds
from tests.pipelines.sources.archive.test_kinds import SHARED_CASES
from tests.stored import stored_rows

FEW = ("05-twarc-pages", "12-not-utf8", "32-withheld", "33-edits", "48-torn-page")


def write_folder(tmp_path: Path, only: Sequence[str]) -> Path:
    """Our own files, all of them or only some kinds; with all also the shared ones, where they are."""
    write_kinds(tmp_path / "kinds" / "own")
    if only:
        for kind in (tmp_path / "kinds" / "own").iterdir():
            if kind.name not in only:
                shutil.rmtree(kind)
    elif SHARED_CASES.is_dir():
        ignored = shutil.ignore_patterns("30-many-files")
        shutil.copytree(SHARED_CASES, tmp_path / "kinds" / "shared", ignore=ignored)
    return tmp_path / "kinds"


@pytest.fixture
def ready(spark: SparkSession, settings: Settings, tmp_path: Path) -> Settings:
    """Settings with the tiny annotator, imported."""
    tiny = write_tiny_annotator(tmp_path / "tiny")
    annotators = settings.annotators.model_copy(update={"tweets": str(tiny), "pipelines": str(tmp_path / "pipelines")})
    found = settings.model_copy(update={"annotators": annotators})
    target = pipeline_folder(found)
    target.parent.mkdir()
    save_pipeline(build_pipeline(tiny, spark), target, spark)
    return found


def expected(folder: Path) -> Iterator[tuple[str, Outcome]]:
    """(path in the folder, outcome) of every file with an outcome of its own."""
    for part, outcomes in (("own", EXPECTED | OWN_EXPECTED), ("shared", EXPECTED | SHARED_EXPECTED)):
        if (folder / part).is_dir():
            here = {f"{part}/{name}": outcome for name, outcome in outcomes.items()}
            yield from ((name, outcome) for name, outcome in here.items() if (folder / name).exists())


@pytest.mark.parametrize("only", [FEW, pytest.param((), marks=pytest.mark.slow)], ids=["few", "all"])
def test_silver_holds_what_the_reader_promised_of_every_file(
    spark: SparkSession, ready: Settings, tmp_path: Path, only: Sequence[str]
) -> None:
    folder = write_folder(tmp_path, only)
    collect_archive.run(ready, some_options(folder))
    prepare_topics(ready)
    run_hops(spark, ready, STAGES[:1], once=True)
    observe_metrics.run(spark, ready)
    found = stored_outcomes(ready, folder)
    wanted = {name: outcome._replace(authors=0) for name, outcome in expected(folder)}
    assert {name: found.get(name) for name in wanted} == wanted
    observed = {row["tweet_id"] for row in stored_rows(ready, "silver.metric_observations")}
    assert {row["tweet_id"] for row in stored_rows(ready, "silver.tweets")} == observed
    check_reconciliation(spark, ready)
    erase(spark, ready)
    versions = {row["tweet_id"] for row in stored_rows(ready, "silver.tweets")} & {key(n) for n in range(100, 103)}
    assert versions == {key(102)}, "the newest version supersedes the older ones"
    check_reconciliation(spark, ready)


def check_reconciliation(spark: SparkSession, settings: Settings) -> None:
    """It balances, and names the tweets that are lost inside rejects."""
    result = reconcile_input.run(spark, settings)
    assert result.lost_tweets > 0
    assert f"rejected, with about {result.lost_tweets} tweets inside," in str(result)


def stored_outcomes(settings: Settings, folder: Path) -> dict[str, Outcome]:
    """By path in the folder, what the tables have of each file."""
    paths = {
        source: str(Path(ledger.path).relative_to(folder))
        for source, ledger in collect_archive.read_ledger(settings).items()
    }
    tweets = Counter(row["source"] for row in stored_rows(settings, "silver.metric_observations"))
    notices = Counter(row["source"] for row in stored_rows(settings, "bronze.compliance"))
    rejects: dict[str, Counter[str]] = {source: Counter() for source in paths}
    for row in stored_rows(settings, "silver.rejected_tweets"):
        rejects[row["source"]][row["reason"]] += 1
    return {path: Outcome(tweets[source], notices[source], dict(rejects[source])) for source, path in paths.items()}
