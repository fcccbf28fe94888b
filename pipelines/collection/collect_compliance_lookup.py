"""X's lookup of posts -> compliance.v1: every tweet of silver is looked up again in each round.

Each round looks up the ids in ascending order, so the one looked up longest ago comes first. The position advances when
Kafka has the events up to there. A tweet that was reported deleted and is still in silver is reported again in the next
round: there is no state about single tweets.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import tweepy

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.collector.read_budget import ReadBudget
from pipelines.sources.collector.store import Store, collector_lock, read_note, save_note
from pipelines.sources.lake_ids import StoredTweets, read_stored_tweets
from pipelines.sources.x.clients import open_client
from pipelines.sources.x.clock import Clock, first_id
from pipelines.sources.x.compliance import LOOKUP_FIELDS, LOOKUP_NOTE, Event, event_record, lookup_events
from pipelines.sources.x.retry import Retrier, Stopped
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.collect_compliance")

SOURCE = "x:compliance:lookup"
LOCK = "compliance-lookup"
BATCH = 100
_SLICES, _MIN_BATCHES = 20, 10
_SHARE = 0.9  # of the hours, so that a round with retries still fits
_PAUSES = 200  # no pause is longer than this fraction of a round, so that the newest tweets are seen


@dataclass(frozen=True)
class Progress:
    """The progress of a round: `started_at` in Unix seconds of X's clock; every tweet up to `after_id` is looked up."""

    started_at: float
    after_id: int = 0
    is_done: bool = False

    @property
    def round(self) -> str:
        """The round's name in positions."""
        return f"round-{int(self.started_at * 1000)}"


def run(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Run rounds until stopped, or with --once one without pauses. BudgetExhausted at the hard limit.

    With --dry-run only check the token and count the ids.
    """
    stop = stop or threading.Event()
    collector = _Collector(settings, options, stop)
    with collector_lock(settings, LOCK), set_when_told_to_end(stop):
        try:
            collector.run()
        except Stopped:
            logger.info("stopped")
        finally:
            collector.close()


class _Collector:
    def __init__(self, settings: Settings, options: Options, stop: threading.Event) -> None:
        self._settings, self._options, self._stop = settings, options, stop
        self._seconds = 3600 * settings.collect_compliance.lookup_hours
        self._is_once = bool(options.extra.get("once"))
        self._clock = Clock(settings.collect_stream.clock_speed)
        self._client: tweepy.Client = open_client(settings, self._clock.note_response)
        self._retrier = Retrier(self._clock, stop)
        self._store = Store(settings)
        self._budget = ReadBudget(settings, self._store, self._clock)
        self._found = self._looked_up = 0

    def run(self) -> None:
        if self._options.dry_run:
            count = len(read_stored_tweets(self._settings, 0, first_id(self._clock.now())).ids)
            price = count * self._settings.x.price_per_read
            logger.info("a round would look up %d tweets in %d requests for %.2f USD", count, -(-count // BATCH), price)
            return
        create_topics(self._settings)
        self._retrier.sync_clock(self._settings)
        while not self._stop.is_set():
            progress = self._round(self._begin())
            if self._is_once:
                return
            self._clock.wait(self._stop, progress.started_at + self._seconds - self._clock.now())

    def close(self) -> None:
        self._budget.save()
        self._store.close()

    def _begin(self) -> Progress:
        """The unfinished round, or a new one when it is due."""
        known = read_note(self._store, LOOKUP_NOTE)
        progress = Progress(**known) if known else None
        if progress and not progress.is_done:
            return progress
        if progress and not self._is_once:
            self._clock.wait(self._stop, progress.started_at + self._seconds - self._clock.now())
        return Progress(self._clock.now())

    def _round(self, progress: Progress) -> Progress:
        self._found = self._looked_up = 0
        slice_size = 0
        while not self._stop.is_set():
            stored = read_stored_tweets(self._settings, progress.after_id, self._newest(progress))
            if not len(stored.ids):
                return self._end(progress)
            slice_size = slice_size or max(_MIN_BATCHES * BATCH, len(stored.ids) // _SLICES)
            progress = self._walk(progress, stored, slice_size)
        raise Stopped

    def _walk(self, progress: Progress, stored: StoredTweets, count: int) -> Progress:
        """Look up the first `count` of the tweets, paced so that all of them fit into the rest of the round."""
        for start in range(0, min(count, len(stored.ids)), BATCH):
            ids: list[int] = stored.ids[start : start + BATCH].tolist()
            self._look_up(progress, ids, stored)
            progress = replace(progress, after_id=ids[-1])
            save_note(self._store, LOOKUP_NOTE, asdict(progress))
            if self._clock.wait(self._stop, self._pause(progress, len(stored.ids) - start - len(ids))):
                raise Stopped
        return progress

    def _look_up(self, progress: Progress, ids: Sequence[int], stored: StoredTweets) -> None:
        """Look up one batch; Kafka has the events of deleted or changed posts when this returns."""
        self._budget.check_hard_limit()
        response: dict[str, Any] = self._retrier.call(
            partial(self._client.get_tweets, list(ids), tweet_fields=LOOKUP_FIELDS)
        )
        self._budget.count(SOURCE, [int(tweet["id"]) for tweet in response.get("data") or ()])
        self._budget.save()
        self._budget.alert(self._budget.spending())
        events = lookup_events(
            response, stored, f"{datetime.fromtimestamp(self._clock.now(), UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        )
        if events:
            publish_records(self._settings, self._messages(progress, events))
        self._looked_up, self._found = self._looked_up + len(ids), self._found + len(events)

    def _messages(self, progress: Progress, events: Sequence[Event]) -> Iterator[Message]:
        kafka = self._settings.kafka
        for event in events:
            record = event_record(event, progress.round, int(event.key), kafka.max_record_bytes)
            yield message_of(record, SOURCE, self._settings)

    def _newest(self, progress: Progress) -> int:
        """A round includes tweets that arrive during it, or they would wait for two rounds; not so with --once."""
        return first_id(progress.started_at + (0.0 if self._is_once else _SHARE * self._seconds))

    def _pause(self, progress: Progress, left: int) -> float:
        """Seconds until the next batch."""
        if self._is_once:
            return 0.0
        time_left = progress.started_at + _SHARE * self._seconds - self._clock.now()
        return max(0.0, min(time_left / (left / BATCH + 1), self._seconds / _PAUSES))

    def _end(self, progress: Progress) -> Progress:
        took = self._clock.now() - progress.started_at
        done = replace(progress, is_done=True)
        save_note(self._store, LOOKUP_NOTE, asdict(done))
        logger.info("round done tweets=%d events=%d took_hours=%.2f", self._looked_up, self._found, took / 3600)
        if took > self._seconds:
            hours = self._settings.collect_compliance.lookup_hours
            logger.warning(
                "the lookup of all tweets took %.1f h, longer than collect_compliance.lookup_hours=%g",
                took / 3600,
                hours,
            )
        return done
