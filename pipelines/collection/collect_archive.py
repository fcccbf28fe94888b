"""An archive -> tweets.raw.v1 and compliance.v1: payload bytes unchanged, resumable at every acknowledged record.

At least once: after a kill the records after the last saved position are sent again, with the same `source` and
`position` headers, by which readers recognise them.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from conf.command_line import Options, required
from conf.settings import Settings
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.archive.ledger import (
    Ledger,
    as_new,
    ledger_file,
    ledger_lock,
    read_ledger_of,
    read_ledgers,
    save_ledger,
    with_head,
)
from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import read_archive, read_archive_paths
from pipelines.sources.archive.record import COMPLIANCE, Record, headers_of
from pipelines.sources.archive.tables.columns import read_column_map
from runtime.errors import BadInput, UsageError

logger = logging.getLogger("brandpulse.collect_archive")

_SAVE_SECONDS = 1.0


def run(settings: Settings, options: Options) -> None:
    """Send every archive under --input to Kafka; with --dry-run only count its records.

    An unreadable file does not stop the others: BadInput names the first of them at the end.
    """
    files = read_archive_paths(Path(required(options, "input")).expanduser())
    collector = _Collector(settings, options)
    if not options.dry_run:
        create_topics(settings)
    failures: list[BadInput] = []
    for file in files:
        try:
            collector.collect(file)
        except BadInput as error:
            failures.append(error)
    if failures:
        more = f" (and {len(failures) - 1} more files)" if len(failures) > 1 else ""
        raise BadInput(f"{failures[0]}{more}") from failures[0]


def read_ledger(settings: Settings) -> dict[str, Ledger]:
    """Return {source header: ledger} of every archive collected into this home."""
    return read_ledgers(_positions(settings))


class _Collector:
    """The options of one run, applied to each file."""

    def __init__(self, settings: Settings, options: Options) -> None:
        self._settings, self._options = settings, options
        self._rate: float | None = options.extra.get("rate") or settings.collect_archive.rate
        column_map = options.extra.get("columns") or settings.collect_archive.column_map
        self._columns = read_column_map(Path(column_map)) if column_map else {}
        if self._rate is not None and self._rate <= 0:
            raise UsageError(f"--rate {self._rate:g} is not above 0 records per second")

    def collect(self, file: Path) -> None:
        """Send the rest of one archive, or count it; the ledger is saved when this returns or raises."""
        folder = _positions(self._settings)
        known = read_ledger_of(folder, file)
        if self._options.dry_run:
            _report(file, self._count(file, as_new(known)), "would send", 0.0)
            return
        with ledger_lock(ledger_file(folder, known)):
            known = as_new(known) if self._options.extra.get("restart") else read_ledger_of(folder, file)
            if known.is_complete and known.stored_bytes == file.stat().st_size:
                logger.info(
                    "%s is already collected completely (%d records); --restart sends it again", file, known.offered
                )
                return
            started = time.monotonic()
            sent = self._send(file, _Progress(ledger_file(folder, known), with_head(known), file))
            _report(file, sent, "sent", time.monotonic() - started, sent.offered - known.offered)

    def _count(self, file: Path, ledger: Ledger) -> Ledger:
        reading = Reading()
        for record in self._records(file, None, reading):
            ledger = ledger.counting(record)
        return replace(ledger, blank_lines=reading.blank_lines)

    def _send(self, file: Path, progress: "_Progress") -> Ledger:
        with progress:
            records = self._records(file, progress.ledger.position, progress.reading)
            messages = self._messages(progress.watch(_paced(records, self._rate)), progress.ledger.source)
            publish_records(self._settings, messages, progress.acknowledged)
            progress.ledger = replace(progress.ledger, is_complete=True, stored_bytes=file.stat().st_size)
        return progress.ledger

    def _records(self, file: Path, start: str | None, reading: Reading) -> Iterator[Record]:
        limit = self._settings.kafka.max_record_bytes
        return read_archive(file, self._columns, start, max_record_bytes=limit, reading=reading)

    def _messages(self, records: Iterable[Record], source: str) -> Iterator[Message]:
        topics = self._settings.kafka
        brand = (f"brand:{self._options.brand}",) if self._options.brand else ()
        for record in records:
            rules = tuple(dict.fromkeys(record.rules + brand))
            topic = topics.compliance_topic if record.kind == COMPLIANCE else topics.tweets_topic
            yield Message(topic, record.key, record.value, headers_of(record._replace(rules=rules), source))


class _Progress:
    """The ledger of one archive while it is sent: records in flight, records acknowledged, when it was saved."""

    def __init__(self, state: Path, ledger: Ledger, file: Path) -> None:
        self.ledger = replace(ledger, is_complete=False)
        self.reading = Reading()
        self._state = state
        self._in_flight: deque[Record] = deque()
        self._saved_at = time.monotonic()
        self._bar = tqdm(total=file.stat().st_size, desc=file.name, unit="B", unit_scale=True, disable=None)

    def __enter__(self) -> "_Progress":
        save_ledger(self._state, self.ledger)
        return self

    def __exit__(self, *_: object) -> None:
        """Save what was acknowledged, however the sending ended."""
        self._save()
        self._bar.close()

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records, and remember them until they are acknowledged."""
        for record in records:
            self._in_flight.append(record._replace(value=b""))
            yield record

    def acknowledged(self) -> None:
        """Count the oldest record in flight; save the position once per second."""
        self.ledger = self.ledger.counting(self._in_flight.popleft())
        if time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self._save()

    def _save(self) -> None:
        self.ledger = replace(self.ledger, blank_lines=self.reading.blank_lines)
        save_ledger(self._state, self.ledger)
        self._saved_at = time.monotonic()
        self._bar.set_postfix(records=self.ledger.offered, refresh=False)
        self._bar.update(self.reading.stored_bytes - self._bar.n)


def _paced(records: Iterator[Record], rate: float | None) -> Iterator[Record]:
    """Yield at most `rate` records per second, evenly; catches up after a delay."""
    started = time.monotonic()
    for number, record in enumerate(records):
        if rate is not None:
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
        yield record


def _report(file: Path, ledger: Ledger, verb: str, seconds: float, count: int | None = None) -> None:
    speed = f"; {count:,} records in {seconds:.1f} s, {count / seconds:,.0f}/s" if count and seconds else ""
    logger.info(
        "%s %s %s records: %s tweet objects, %s malformed, %s compliance notices (%s blank lines skipped)%s",
        *(file.name, verb, f"{ledger.offered:,}", f"{ledger.tweets:,}", f"{ledger.malformed:,}"),
        *(f"{ledger.notices:,}", f"{ledger.blank_lines:,}", speed),
    )


def _positions(settings: Settings) -> Path:
    return settings.home / "positions"
