"""A dry run writes nothing anywhere: no row, no record, no document, no file.

Every job that declares --dry-run is called in one process and session, on a world in which it would find something to
write.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient
from pyspark.sql import SparkSession

from conf.command_line import DRY_RUN, parse_options
from conf.mongodb import store_address
from conf.settings import Secrets, Settings
from pipelines.segments import publish_segments
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sources.collector.store import Store
from runtime.resources import PROJECT
from stack.x_emulator.local import Running
from tests.annotators import write_tiny_annotator
from tests.builders import NOON, a_payload, a_record, an_author, an_id
from tests.collecting import collecting
from tests.conftest import SECRET
from tests.erasing import OPTIONS, key_of, land_notices, put, store_tweets
from tests.jobs.names import JOBS
from tests.reading import NoteReads
from tests.x_emulator import an_emulator

SHIPPED = PROJECT / "models" / "pretrained" / "annotator"
ELSEWHERE = {"train_annotator", "train_entities", "pretrain_encoder", "compare_recipes", "promote_annotator"}
"""Jobs on models of minutes: their own tests look at their dry runs."""
NOT_COMPARED = ("scratch", "logs", "locks")
WORKING = {"shm", "wal"}
"""What SQLite writes beside a database that is only read."""

# What each job is asked, beside --dry-run; {elsewhere} is a folder.
ASKED = {
    "check_reconciliation": [],
    "collect_compliance": ["--source", "lookup", "--once"],
    "collect_tweets": ["--input", "{elsewhere}/archive.jsonl"],
    "compact_lake": [],
    "delete_x_data": ["--receipt", "{elsewhere}/receipt.json"],
    "erase_tweets": ["--full"],
    "expire_rows": ["--as-of", "2036-01-01"],
    "export_segments": [],
    "identify_authors": [],
    "import_annotator": [],
    "load_collector_state": [],
    "measure_campaign": ["--campaign", "spring"],
    "measure_drift": [],
    "opt_out_author": ["--author-id", "4001", "--purpose", "a test"],
    "rank_influencers": [],
    "reannotate_tweets": ["--from", "2026-05-04", "--to", "2026-05-04"],
    "redrive_rejected": [],
    "refresh_insights": [],
    "rotate_author_key": [],
    "sync_rules": [],
}


@pytest.fixture(scope="module")
def x() -> Iterator[Running]:
    with an_emulator() as running:
        yield running


@pytest.fixture
def world(
    spark: SparkSession,
    settings: Settings,
    x: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    noting: NoteReads,
) -> Settings:
    """Tweets, a reject, a notice, an old row, profiles and segments, a campaign, reads of X, a new secret, and reads of
    the profile of an author who was erased."""
    shutil.copy(SHIPPED / "reference.json", write_tiny_annotator(tmp_path / "tiny"))
    ready = collecting(settings, x, annotators={"tweets": str(tmp_path / "tiny"), "entities": None})
    secrets = {"x_bearer_token": x.credentials.bearer_token, "author_key": SECRET}
    ready = ready.model_copy(update={"secrets": Secrets.model_validate(secrets)})
    create_topics(ready)
    mention = {"mentions": [{"username": "flyskyvarn", "id": "9"}]}
    payload = a_payload(entities=mention) | {"includes": {"users": [an_author("4001")]}}
    tweet = {"tweet_id": an_id(), "payload": payload, "brands": ["skyvarn"], "model_version": "another"}
    store_tweets(spark, ready, tweet, {"tweet_id": an_id(number=1)})
    put(spark, ready, "bronze.tweets", a_record(a_payload(id=an_id(number=2)), offset=90))
    reject = {"topic": "tweets.raw.v1", "partition": 0, "offset": 90, "reason": "no_text", "rejected_at": NOON}
    put(spark, ready, "silver.rejected_tweets", reject | {"source": "archive:test", "position": "test#90.0"})
    land_notices(spark, ready, ("delete", {"tweet": {"id": an_id(number=1)}}))
    put(spark, ready, "gold.segments", {"brand": "skyvarn", "segment_id": "s01", "name": "A", "author_count": 120})
    member = {
        "campaign": "spring",
        "author_key": "a" * 64,
        "brand": "skyvarn",
        "segment_id": "s01",
        "is_control": False,
    }
    put(spark, ready, "restricted.campaign_members", member | {"started_at": NOON - timedelta(days=30)})
    erased = {"subject": "author", "subject_key": key_of("4009"), "kind": "delete_author"}
    put(spark, ready, "restricted.tombstones", erased | {"cause_subject": "author", "cause_key": key_of("4009")})
    noting(ready, key_of("4009"))
    publish_segments.run(spark, ready, OPTIONS)
    store = Store(ready)
    store.write("INSERT INTO reads VALUES (?, 'x:stream', 100, 0.5)", datetime.now(UTC).date().isoformat())
    store.close()
    (tmp_path / "archive.jsonl").write_text(json.dumps(a_payload(id=an_id(number=3))) + "\n")
    return ready


def snapshot(settings: Settings) -> dict[str, Any]:
    """Everything that a job could have written, by place."""
    lake = Path(settings.lake.path)
    tables = [log.parent for log in lake.rglob("_delta_log")]
    found: dict[str, Any] = {str(table.relative_to(lake)): DeltaTable(str(table)).version() for table in tables}
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka.bootstrap_servers)
    for topic in (settings.kafka.tweets_topic, settings.kafka.compliance_topic):
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        found[topic] = sorted(consumer.end_offsets(places).values())
    found["topics"] = sorted(name for name in consumer.topics() if not name.startswith("__"))
    consumer.close()
    address = store_address(settings)
    with MongoClient(**address.client_options()) as client:
        database = client[address.database]
        names = database.list_collection_names()
        found["documents"] = {name: sorted(map(str, database[name].find())) for name in sorted(names)}
    return found | {str(file): file.read_bytes() for file in files(settings.home.parent, settings.home)}


def files(root: Path, home: Path) -> list[Path]:
    """Files beside and in the home, except scratch, logs and locks."""
    hidden = [home / name for name in NOT_COMPARED]
    every = [
        file for file in root.rglob("*") if file.is_file() and not any(file.is_relative_to(each) for each in hidden)
    ]
    return [
        file for file in every if file.name.rpartition("-")[2] not in WORKING and file.suffix not in (".lock", ".crc")
    ]


def ask(job: str, settings: Settings, elsewhere: Path) -> None:
    module = import_module(f"jobs.{job}")
    arguments = [text.format(elsewhere=elsewhere) for text in ASKED[job]]
    module.main(settings, parse_options("", ["--dry-run", *arguments], module.FLAGS))


def test_every_job_that_offers_a_dry_run_is_asked() -> None:
    offering = {job for job in JOBS if DRY_RUN in getattr(import_module(f"jobs.{job}"), "FLAGS", ())}
    assert offering == ASKED.keys() | ELSEWHERE


def test_a_dry_run_of_every_job_writes_nothing(world: Settings, tmp_path: Path) -> None:
    written = {}
    for job in ASKED:
        before = snapshot(world)
        ask(job, world, tmp_path)
        after = snapshot(world)
        written[job] = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert written == {job: [] for job in ASKED}
