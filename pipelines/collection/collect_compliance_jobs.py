"""X's batch compliance jobs -> compliance.v1: uploads the ids in the lake, downloads what X deleted or changed.

One job of a kind at a time. Its id is stored until Kafka has all of its results: after a kill the next run resumes the
same job, and repeated events have the same position.
"""

import logging
import secrets
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.collector.store import Store, collector_folder, collector_lock, read_note, save_note
from pipelines.sources.lake_ids import read_author_ids, read_tweet_ids
from pipelines.sources.x.clock import Clock
from pipelines.sources.x.compliance import JOBS_NOTE, event_record, result_event
from pipelines.sources.x.compliance_jobs import COMPLETE, CREATED, LOST, Job, JobClient, JobLost
from pipelines.sources.x.retry import Retrier, Stopped
from runtime.errors import ServiceUnavailable
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.collect_compliance")

SOURCE = "x:compliance:jobs"
LOCK = "compliance-jobs"
_ATTEMPTS = 3
_NAMED = "compliance:name"
_IDS = {"tweets": read_tweet_ids, "users": read_author_ids}


def run(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Run a job of each kind every `collect_compliance.jobs_hours` until stopped, or once with --once.

    With --dry-run only check the token and count the ids.
    """
    stop = stop or threading.Event()
    collector = _Collector(settings, stop)
    with collector_lock(settings, LOCK), set_when_told_to_end(stop):
        try:
            collector.run(options)
        except Stopped:
            logger.info("stopped; the next start resumes a running job")
        finally:
            collector.close()


class _Collector:
    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._clock = Clock(settings.collect_stream.clock_speed)
        self._store = Store(settings)
        self._jobs = JobClient(settings, Retrier(self._clock, stop), self._name(), self._clock.note_response)

    def run(self, options: Options) -> None:
        """Run the jobs that are due, wait, repeat."""
        kinds = self._settings.collect_compliance.job_types
        if options.dry_run:
            for kind in kinds:
                logger.info("%s: would upload %d ids", kind, len(_IDS[kind](self._settings)))
            return
        create_topics(self._settings)
        while not self._stop.is_set():
            for kind in kinds:
                if options.extra.get("once") or self._due(kind) <= self._clock.now():
                    self.collect(kind)
            if options.extra.get("once"):
                return
            self._clock.wait(self._stop, min(map(self._due, kinds)) - self._clock.now())

    def collect(self, kind: str) -> None:
        """One job from start to end. ServiceUnavailable when X loses several in a row."""
        for _ in range(_ATTEMPTS):
            try:
                count = self._collect(kind)
            except JobLost as error:
                logger.warning("the %s job is lost, a new one is created: %s", kind, error)
                self._store_note(kind, job_id=None)
                continue
            self._store_note(kind, job_id=None, done_at=self._clock.now())
            logger.info("%s job done events=%d", kind, count)
            return
        raise ServiceUnavailable(f"X lost {_ATTEMPTS} compliance jobs about {kind} in a row: run it again later")

    def close(self) -> None:
        self._store.close()

    def _collect(self, kind: str) -> int:
        """Number of events from the unfinished job, or from a new one."""
        unfinished = read_note(self._store, _note(kind)).get("job_id")
        if not unfinished:
            self._store_note(kind, begun_at=self._clock.now())
        job = self._jobs.look(unfinished) if unfinished else None
        with self._file() as ids, self._file() as results:
            if job is None or job.status == CREATED:
                if not _write_ids(ids, kind, self._settings):
                    return 0
                job = job or self._jobs.open(kind)
                self._store_note(kind, job_id=job.id)
            self._finish(job, ids)
            self._jobs.download(job, results)
            return publish_records(self._settings, self._messages(job, results))

    def _finish(self, job: Job, ids: BinaryIO) -> None:
        """Upload the ids, unless X has them, and wait until the job is complete."""
        if job.status == CREATED:
            self._jobs.upload(job, ids)
        while job.status != COMPLETE:
            if job.status in LOST:
                raise JobLost(f"it has {job.status}")
            if self._clock.wait(self._stop, self._settings.collect_compliance.poll_seconds):
                raise Stopped
            job = self._jobs.look(job.id)

    def _messages(self, job: Job, results: BinaryIO) -> Iterator[Message]:
        kafka, unreadable = self._settings.kafka, 0
        for number, line in enumerate(results, 1):
            event = result_event(job.kind, line) if line.strip() else None
            if event is None:
                unreadable += bool(line.strip())
                continue
            record = event_record(event, f"job-{job.id}", number, kafka.max_record_bytes)
            yield message_of(record, SOURCE, self._settings)
        if unreadable:
            logger.warning("job=%s: %d lines of the results are unreadable", job.id, unreadable)

    def _file(self) -> BinaryIO:
        """A private file that is deleted with the process."""
        return tempfile.TemporaryFile(dir=collector_folder(self._settings))

    def _due(self, kind: str) -> float:
        """When the next job starts, in Unix seconds; an unfinished one resumes at once."""
        note = read_note(self._store, _note(kind))
        hours = self._settings.collect_compliance.jobs_hours
        return 0.0 if note.get("job_id") else float(note.get("begun_at", 0.0)) + 3600 * hours

    def _store_note(self, kind: str, **members: str | float | None) -> None:
        save_note(self._store, _note(kind), read_note(self._store, _note(kind)) | members)

    def _name(self) -> str:
        """The name by which this home recognises its own jobs among those of the app."""
        known = read_note(self._store, _NAMED)
        if not known:
            known = {"name": f"brandpulse-{secrets.token_hex(6)}"}
            save_note(self._store, _NAMED, known)
        return str(known["name"])


def _note(kind: str) -> str:
    return JOBS_NOTE + kind


def _write_ids(file: BinaryIO, kind: str, settings: Settings) -> int:
    """Write one id per line; return their number."""
    found = _IDS[kind](settings)
    for start in range(0, len(found), 10_000):
        file.write("".join(f"{each}\n" for each in found[start : start + 10_000].tolist()).encode())
    logger.info("%s: the lake has %d ids", kind, len(found))
    return len(found)
