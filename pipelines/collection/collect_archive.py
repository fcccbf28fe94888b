"""An archive -> tweets.raw.v1 and compliance.v1: payload bytes unchanged, resumable at every acknowledged record.

At least once: after a kill the records after the last saved position are sent again, with the same `source` and
`position` headers, by which readers recognise them. One producer sends all files; what one costs does not depend on
how many there are.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from conf.command_line import Options, required
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.archive.faults import Limits
from pipelines.sources.archive.ledger import (
    Ledger,
    Ledgers,
    as_new,
    ledger_file,
    ledger_lock,
    read_ledgers,
    save_ledger,
    with_head,
)
from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import EmptyInput, read_archive, read_archive_paths
from pipelines.sources.archive.record import Record
from pipelines.sources.archive.summary import add, remarks, summary_json, summary_line
from pipelines.sources.archive.tables.columns import Wanted, read_column_map
from runtime.errors import BadInput, UsageError

logger = logging.getLogger("brandpulse.collect_archive")

_SAVE_SECONDS = 1.0
_MAX_FILE_LINES = 20
"""Of more files than this only those with something to say get a line of their own."""


def run(settings: Settings, options: Options) -> None:
    """Send every archive under --input to Kafka; with --dry-run only read them.

    An unreadable file does not stop the others: BadInput names the first of them at the end.
    """
    files = read_archive_paths(Path(required(options, "input")).expanduser())
    run_of_files = _Run(settings, options, files)
    if options.dry_run:
        run_of_files.read_all()
    else:
        create_topics(settings)
        run_of_files.send_all()
    run_of_files.report()


def read_ledger(settings: Settings) -> dict[str, Ledger]:
    """Return {source header: ledger} of every archive collected into this home."""
    return read_ledgers(_positions(settings))


class _Progress:
    """One archive while it is sent: its ledger, what was read, and how many records are in flight."""

    def __init__(self, file: Path, state: Path, ledger: Ledger, reading: Reading) -> None:
        self.ledger = replace(ledger, is_complete=False)
        self.reading, self.in_flight, self.is_read = reading, 0, False
        self._file, self._state, self._saved_at = file, state, time.monotonic()

    def count(self, record: Record) -> None:
        """Count an acknowledged record; save the position once per second, and at the end."""
        self.ledger = self.ledger.counting(record)
        self.in_flight -= 1
        if self.is_sent or time.monotonic() - self._saved_at > _SAVE_SECONDS:
            self.save()

    @property
    def is_sent(self) -> bool:
        return self.is_read and not self.in_flight

    def save(self) -> None:
        reading = self.reading
        self.ledger = replace(
            self.ledger,
            blank_lines=reading.blank_lines,
            repeats=reading.repeats,
            rejects=dict(reading.rejects),
            lost_tweets=reading.lost_tweets,
        )
        if self.is_sent:
            self.ledger = replace(self.ledger, is_complete=True, stored_bytes=self._file.stat().st_size)
        save_ledger(self._state, self.ledger)
        self._saved_at = time.monotonic()


class _Run:
    """The options of one run, applied to each file."""

    def __init__(self, settings: Settings, options: Options, files: list[Path]) -> None:
        self._settings, self._options, self._files = settings, options, files
        self._rate: float | None = options.extra.get("rate") or settings.collect_archive.rate
        column_map = options.extra.get("columns") or settings.collect_archive.column_map
        self._columns: Wanted = read_column_map(Path(column_map)) if column_map else {}
        if self._rate is not None and self._rate <= 0:
            raise UsageError(f"--rate {self._rate:g} is not above 0 records per second")
        limits = settings.annotate_tweets
        self._limits = Limits.of(limits.max_text_characters, limits.earliest, limits.max_future_days)
        self._ledgers = Ledgers(_positions(settings))
        self._open: dict[Path, _Progress] = {}
        self._in_flight: deque[tuple[Path, Record]] = deque()
        self._read: list[tuple[Path, Reading]] = []
        self._failures: list[BadInput] = []
        self._unread: list[tuple[Path, Reading, BadInput]] = []
        self._empty: list[Path] = []
        sizes = [file.stat().st_size for file in files]
        self._sizes = dict(zip(files, sizes, strict=True))
        self._bar = tqdm(total=sum(sizes), desc="read", unit="B", unit_scale=True, disable=None)
        self._done_bytes = 0
        self._started = time.monotonic()

    def read_all(self) -> None:
        """Read every file without sending or recording anything."""
        for file in self._files:
            reading = Reading()
            for _ in self._guarded(file, self._records(file, None, reading), reading):
                pass
        self._bar.close()

    def send_all(self) -> None:
        """Send every file; the ledgers are saved when this returns or raises."""
        try:
            publish_records(self._settings, self._messages(), self._acknowledged)
        finally:
            for progress in self._open.values():
                progress.save()
            self._bar.close()

    def report(self) -> None:
        """Say what was read; BadInput when a file could not be read, or nothing was in any."""
        is_json = bool(self._options.extra.get("json"))
        total, verb = Reading(), "would send" if self._options.dry_run else "sent"
        for file, reading in self._read:
            add(total, reading)
            if is_json:
                print(json.dumps(summary_json(file, reading), ensure_ascii=False))
            elif len(self._read) <= _MAX_FILE_LINES or reading.rejects or remarks(reading):
                logger.info("%s: %s %s", file.name, verb, summary_line(reading))
        for file, reading, error in self._unread if is_json else []:
            print(json.dumps(summary_json(file, reading) | {"error": str(error)}, ensure_ascii=False))
        if len(self._read) > 1 and not is_json:
            logger.info("%d files: %s %s", len(self._read), verb, summary_line(total))
        seconds = time.monotonic() - self._started
        if total.offered and not is_json:
            logger.info("%s records in %.1f s, %s/s", f"{total.offered:,}", seconds, f"{total.offered / seconds:,.0f}")
        if self._failures:
            more = f" (and {len(self._failures) - 1} more files)" if len(self._failures) > 1 else ""
            raise BadInput(f"{self._failures[0]}{more}") from self._failures[0]
        if len(self._empty) == len(self._files):
            raise BadInput(f"{self._empty[0]} is empty, or contains no data that can be unpacked")

    def _messages(self) -> Iterator[Message]:
        """The messages of all files; a file that cannot be read is kept in `_failures`."""
        started, count = time.monotonic(), 0
        for file in self._files:
            for source, record in self._new_records(file):
                if self._rate is not None:
                    time.sleep(max(0.0, started + count / self._rate - time.monotonic()))
                count += 1
                yield self._message(source, record)

    def _new_records(self, file: Path) -> Iterator[tuple[str, Record]]:
        """(source, record) of what was not sent yet; another process does not read the file meanwhile."""
        try:
            known = self._ledgers.of(file)
        except BadInput as error:
            self._failures.append(error)
            return
        state = ledger_file(_positions(self._settings), known)
        with ledger_lock(state):
            known = as_new(known) if self._options.extra.get("restart") else self._ledgers.current(known)
            if known.is_complete and known.stored_bytes == file.stat().st_size:
                logger.info(
                    "%s is already collected completely (%d records); --restart sends it again", file, known.offered
                )
                return
            reading = Reading()
            progress = _Progress(file, state, with_head(known), reading)
            self._open[file] = progress
            for record in self._guarded(file, self._records(file, known.position, reading), reading):
                progress.in_flight += 1
                self._in_flight.append((file, record._replace(value=b"")))
                yield progress.ledger.source, record
            progress.is_read = bool(self._read) and self._read[-1][0] == file
            if progress.in_flight == 0:
                self._close(file)

    def _guarded(self, file: Path, records: Iterable[Record], reading: Reading) -> Iterator[Record]:
        """The records; an empty file is passed over, an unreadable one is remembered."""
        try:
            for record in records:
                yield record
                self._show(reading)
            self._read.append((file, reading))
        except EmptyInput as error:
            logger.info("%s is empty: passed over", file)
            self._empty.append(file)
            self._unread.append((file, reading, error))
        except BadInput as error:
            self._failures.append(error)
            self._unread.append((file, reading, error))
            if reading.offered:
                logger.info("%s: read %s, before it is damaged", file.name, summary_line(reading))
        self._done_bytes += self._sizes[file]
        self._show(Reading())

    def _acknowledged(self) -> None:
        """Count the oldest record in flight."""
        file, record = self._in_flight.popleft()
        progress = self._open[file]
        progress.count(record)
        if progress.is_sent:
            del self._open[file]

    def _close(self, file: Path) -> None:
        """A file all of whose records are acknowledged, or that has none; an empty one leaves no ledger."""
        progress = self._open.pop(file)
        if file not in self._empty[-1:]:
            progress.save()

    def _show(self, reading: Reading) -> None:
        self._bar.update(self._done_bytes + reading.stored_bytes - self._bar.n)

    def _records(self, file: Path, start: str | None, reading: Reading) -> Iterator[Record]:
        limit = self._settings.kafka.max_record_bytes
        return read_archive(file, self._columns, start, max_record_bytes=limit, reading=reading, limits=self._limits)

    def _message(self, source: str, record: Record) -> Message:
        brand = (f"brand:{self._options.brand}",) if self._options.brand else ()
        rules = tuple(dict.fromkeys(record.rules + brand))
        return message_of(record._replace(rules=rules), source, self._settings)


def _positions(settings: Settings) -> Path:
    return settings.home / "positions"
