"""The collector against a real broker: what it sends, how it resumes, and that its ledger is exact."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from conf.command_line import Options
from conf.settings import Settings
from jobs import collect_tweets as job
from pipelines.collection import collect_archive
from pipelines.sources.archive.ledger import ledger_lock
from runtime.errors import BadInput, TableLocked, UsageError
from stack.processes import wait_until

Headers = dict[str, str]


def some_options(path: Path, **extra: Any) -> Options:
    shared: dict[str, Any] = {"brand": extra.pop("brand", None), "dry_run": extra.pop("dry_run", False)}
    return Options(
        env=None, as_of=datetime.now(UTC), run_id=1, full=False, extra={"input": str(path), **extra}, **shared
    )


def an_archive(folder: Path, count: int = 20, name: str = "tweets.jsonl") -> Path:
    """`count` lines: tweets, but every fifth is no JSON and every seventh a notice."""
    lines = [f'{{"id":"{number}","text":"t"}}' for number in range(1, count + 1)]
    for number in range(7, count + 1, 7):
        lines[number - 1] = json.dumps({"delete": {"status": {"id_str": str(number)}}})
    for number in range(5, count + 1, 5):
        lines[number - 1] = f"line {number} is broken {{"
    path = folder / name
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def received(settings: Settings) -> list[tuple[str, bytes, Headers]]:
    """(topic, value, headers) of everything in both topics."""
    consumer = KafkaConsumer(bootstrap_servers=settings.endpoint("kafka"))
    try:
        names = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
        partitions = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: list[tuple[str, bytes, Headers]] = []
        while any(consumer.position(one) < ends[one] for one in partitions):
            for batch in consumer.poll(timeout_ms=1000).values():
                found += [(one.topic, one.value, {name: text.decode() for name, text in one.headers}) for one in batch]
        return found
    finally:
        consumer.close()


def test_every_line_is_sent_with_its_headers_to_its_topic(settings: Settings, tmp_path: Path) -> None:
    collect_archive.run(settings, some_options(an_archive(tmp_path), brand="acme"))
    found = received(settings)
    assert Counter(topic for topic, _, _ in found) == {
        settings.kafka.tweets_topic: 18,
        settings.kafka.compliance_topic: 2,
    }
    headers = {headers["position"]: headers for _, _, headers in found}
    assert set(headers) == {f"tweets.jsonl#{number}.0" for number in range(1, 21)}
    assert {one["rules"] for one in headers.values()} == {"brand:acme"}
    assert Counter(one["format"] for one in headers.values()) == {"v2_flat": 14, "unknown": 4, "v1": 2}
    assert len({one["source"] for one in headers.values()}) == 1
    assert headers["tweets.jsonl#1.0"]["source"].startswith("archive:tweets.jsonl~")


def test_the_ledger_says_what_was_offered_by_kind(settings: Settings, tmp_path: Path) -> None:
    collect_archive.run(settings, some_options(an_archive(tmp_path)))
    collect_archive.run(settings, some_options(an_archive(tmp_path, 3, "more.jsonl.gz")))
    ledgers = collect_archive.read_ledger(settings)
    assert {source.split("~")[0]: ledger.offered for source, ledger in ledgers.items()} == {
        "archive:tweets.jsonl": 20,
        "archive:more.jsonl.gz": 3,
    }
    first = next(ledger for source, ledger in ledgers.items() if "tweets" in source)
    assert (first.tweets, first.malformed, first.notices, first.is_complete) == (14, 4, 2, True)


def test_an_archive_that_was_collected_whole_is_not_sent_again_unless_asked(settings: Settings, tmp_path: Path) -> None:
    path = an_archive(tmp_path)
    for _ in range(2):
        collect_archive.run(settings, some_options(path))
    assert len(received(settings)) == 20
    collect_archive.run(settings, some_options(path, restart=True))
    assert len(received(settings)) == 40
    assert [ledger.offered for ledger in collect_archive.read_ledger(settings).values()] == [20]


def test_an_archive_that_grew_is_continued(settings: Settings, tmp_path: Path) -> None:
    path = an_archive(tmp_path, 500)
    collect_archive.run(settings, some_options(path))
    with path.open("a") as more:
        more.write('{"id":"9999","text":"later"}\n')
    collect_archive.run(settings, some_options(path))
    assert [ledger.offered for ledger in collect_archive.read_ledger(settings).values()] == [501]
    assert len(received(settings)) == 501


def test_a_dry_run_sends_and_records_nothing(settings: Settings, tmp_path: Path) -> None:
    collect_archive.run(settings, some_options(an_archive(tmp_path), dry_run=True))
    assert collect_archive.read_ledger(settings) == {}
    assert not settings.home.exists()


def test_an_oversized_line_is_sent_as_its_beginning_with_its_size(settings: Settings, tmp_path: Path) -> None:
    small = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"max_record_bytes": 4096})})
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"data": {"id": "1", "text": "x" * 300_000}}) + "\n")
    collect_archive.run(small, some_options(path))
    ((_, value, headers),) = received(settings)
    assert (len(value), headers["format"], headers["bytes"]) == (1024, "oversized", str(path.stat().st_size - 1))
    assert [ledger.malformed for ledger in collect_archive.read_ledger(settings).values()] == [1]


def test_one_damaged_file_does_not_keep_the_others_back_and_is_continued_when_whole(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    whole = an_archive(folder, 3000, "a.jsonl.gz").read_bytes()
    (folder / "a.jsonl.gz").write_bytes(whole[: len(whole) * 3 // 4])
    an_archive(folder, 5, "b.jsonl")
    with pytest.raises(BadInput, match=r"a\.jsonl\.gz is damaged after line"):
        collect_archive.run(settings, some_options(folder))
    before = {ledger.path[-10:]: ledger for ledger in collect_archive.read_ledger(settings).values()}
    assert sum(ledger.is_complete for ledger in before.values()) == 1
    (folder / "a.jsonl.gz").write_bytes(whole)
    collect_archive.run(settings, some_options(folder))
    assert sum(ledger.offered for ledger in collect_archive.read_ledger(settings).values()) == 3005
    assert Counter(headers["position"] for _, _, headers in received(settings)).most_common(1)[0][1] == 1


def test_two_collectors_do_not_share_an_archive(settings: Settings, tmp_path: Path) -> None:
    path = an_archive(tmp_path)
    collect_archive.run(settings, some_options(path))
    (state,) = (settings.home / "positions").glob("*.json")
    with ledger_lock(state), pytest.raises(TableLocked, match=r"process \d+ already collects this archive"):
        collect_archive.run(settings, some_options(path, restart=True))


def test_the_rate_is_kept(settings: Settings, tmp_path: Path) -> None:
    started = datetime.now(UTC)
    collect_archive.run(settings, some_options(an_archive(tmp_path, 60), rate=30.0))
    assert (datetime.now(UTC) - started).total_seconds() >= 59 / 30


def test_a_rate_of_nothing_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--rate -1 is not above 0"):
        collect_archive.run(settings, some_options(an_archive(tmp_path), rate=-1.0))


def test_a_collector_killed_in_the_middle_loses_nothing_and_counts_once(settings: Settings, tmp_path: Path) -> None:
    path = an_archive(tmp_path, 4000)
    child = started_job(settings, path, "--rate", "1000")
    assert wait_until(lambda: offered(settings) > 500, 60)
    child.kill()
    child.wait()
    at_kill = offered(settings)
    assert 500 < at_kill < 4000
    collect_archive.run(settings, some_options(path))
    positions = Counter(headers["position"] for _, _, headers in received(settings))
    assert set(positions) == {f"tweets.jsonl#{number}.0" for number in range(1, 4001)}
    assert sum(positions.values()) - 4000 < 4000 - at_kill
    (ledger,) = collect_archive.read_ledger(settings).values()
    assert (ledger.offered, ledger.malformed, ledger.notices) == (4000, 800, 4000 // 7 - 4000 // 35)


def test_the_job_explains_a_wrong_path_in_one_sentence(settings: Settings, tmp_path: Path) -> None:
    child = started_job(settings, tmp_path / "nowhere.jsonl")
    _, said = child.communicate(timeout=60)
    assert child.returncode == 4
    assert len(said.strip().split("\n")) == 1
    assert "nowhere.jsonl does not exist" in said


def started_job(settings: Settings, path: Path, *flags: str) -> "subprocess.Popen[str]":
    environment = {
        "BRANDPULSE__HOME": str(settings.home),
        "BRANDPULSE__KAFKA__BOOTSTRAP_SERVERS": settings.endpoint("kafka"),
        "BRANDPULSE__KAFKA__TWEETS_TOPIC": settings.kafka.tweets_topic,
        "BRANDPULSE__KAFKA__COMPLIANCE_TOPIC": settings.kafka.compliance_topic,
    }
    command = [sys.executable, "-m", job.__name__, "--input", str(path), *flags]
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def offered(settings: Settings) -> int:
    return sum(ledger.offered for ledger in collect_archive.read_ledger(settings).values())
