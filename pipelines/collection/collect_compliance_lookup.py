"""X's lookup of posts -> compliance.v1: every tweet of silver is asked for again within so many hours.

Ids are walked through in ascending order, round after round: the one looked at longest ago comes first. The place moves
when Kafka has what was found up to there. A tweet that is still in silver after it was found gone is told of again in
the next round: nothing is remembered about single tweets.
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
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.archive.record import headers_of
from pipelines.sources.collector.notes import read_note, save_note
from pipelines.sources.collector.read_budget import ReadBudget
from pipelines.sources.collector.store import Store, collector_lock
from pipelines.sources.lake_ids import StoredTweets, read_stored_tweets
from pipelines.sources.x.asking import Asker, Stopped
from pipelines.sources.x.clients import open_client
from pipelines.sources.x.clock import Clock, first_id
from pipelines.sources.x.compliance import LOOKUP_FIELDS, LOOKUP_NOTE, Event, event_record, lookup_events
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.collect_compliance")

SOURCE = "x:compliance:lookup"
LOCK = "compliance-lookup"
BATCH = 100
_SLICES, _LEAST_BATCHES = 20, 10
_SHARE = 0.9  # of the hours, so that a round with waits still fits
_PAUSES = 200  # a round has at least so many looks at the lake's newest tweets


@dataclass(frozen=True)
class Place:
    """How far a round is: `started_at` in Unix seconds of X's clock; every tweet up to `after_id` is looked at."""

    started_at: float
    after_id: int = 0
    is_done: bool = False

    @property
    def round(self) -> str:
        """Its name in positions."""
        return f"round-{int(self.started_at * 1000)}"


def run(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Round after round until told to stop, or --once one round without pauses. BudgetExhausted at the hard limit.

    With --dry-run the token is checked and the ids are counted.
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
        self._client: tweepy.Client = open_client(settings, self._clock.note_answer)
        self._asker = Asker(self._clock, stop)
        self._store = Store(settings)
        self._budget = ReadBudget(settings, self._store, self._clock)
        self._found = self._asked = 0

    def run(self) -> None:
        """One round after the other."""
        if self._options.dry_run:
            count = len(read_stored_tweets(self._settings, 0, first_id(self._clock.now())).ids)
            price = count * self._settings.x.price_per_read
            logger.info("a round would look at %d tweets in %d requests for %.2f USD", count, -(-count // BATCH), price)
            return
        create_topics(self._settings)
        self._asker.learn_the_time(self._settings)
        while not self._stop.is_set():
            place = self._round(self._begin())
            if self._is_once:
                return
            self._clock.wait(self._stop, place.started_at + self._seconds - self._clock.now())

    def close(self) -> None:
        """Write down what is known."""
        self._budget.save()
        self._store.close()

    def _begin(self) -> Place:
        """The round that was not finished, or a new one when it is time."""
        known = read_note(self._store, LOOKUP_NOTE)
        place = Place(**known) if known else None
        if place and not place.is_done:
            return place
        if place and not self._is_once:
            self._clock.wait(self._stop, place.started_at + self._seconds - self._clock.now())
        return Place(self._clock.now())

    def _round(self, place: Place) -> Place:
        self._found = self._asked = 0
        slice_size = 0
        while not self._stop.is_set():
            held = read_stored_tweets(self._settings, place.after_id, self._newest(place))
            if not len(held.ids):
                return self._end(place)
            slice_size = slice_size or max(_LEAST_BATCHES * BATCH, len(held.ids) // _SLICES)
            place = self._walk(place, held, slice_size)
        raise Stopped

    def _walk(self, place: Place, held: StoredTweets, count: int) -> Place:
        """Look at the first `count` of the tweets, spread so that all of them fit into what is left of the round."""
        for start in range(0, min(count, len(held.ids)), BATCH):
            ids: list[int] = held.ids[start : start + BATCH].tolist()
            self._look(place, ids, held)
            place = replace(place, after_id=ids[-1])
            save_note(self._store, LOOKUP_NOTE, asdict(place))
            if self._clock.wait(self._stop, self._pause(place, len(held.ids) - start - len(ids))):
                raise Stopped
        return place

    def _look(self, place: Place, ids: Sequence[int], held: StoredTweets) -> None:
        """Ask for one batch; what is gone or changed is safe in Kafka when this returns."""
        self._budget.refuse_when_spent()
        answer: dict[str, Any] = self._asker.ask(
            partial(self._client.get_tweets, list(ids), tweet_fields=LOOKUP_FIELDS)
        )
        self._budget.count(SOURCE, [int(tweet["id"]) for tweet in answer.get("data") or ()])
        self._budget.save()
        self._budget.alert(self._budget.spending())
        events = lookup_events(answer, held, f"{datetime.fromtimestamp(self._clock.now(), UTC):%Y-%m-%dT%H:%M:%S.000Z}")
        if events:
            publish_records(self._settings, self._messages(place, events))
        self._asked, self._found = self._asked + len(ids), self._found + len(events)

    def _messages(self, place: Place, events: Sequence[Event]) -> Iterator[Message]:
        kafka = self._settings.kafka
        for event in events:
            record = event_record(event, place.round, int(event.key), kafka.max_record_bytes)
            yield Message(kafka.compliance_topic, record.key, record.value, headers_of(record, SOURCE))

    def _newest(self, place: Place) -> int:
        """Tweets that come during a round belong to it, for else they would wait for two; one round ends at once."""
        return first_id(place.started_at + (0.0 if self._is_once else _SHARE * self._seconds))

    def _pause(self, place: Place, left: int) -> float:
        """Seconds until the next batch."""
        if self._is_once:
            return 0.0
        time_left = place.started_at + _SHARE * self._seconds - self._clock.now()
        return max(0.0, min(time_left / (left / BATCH + 1), self._seconds / _PAUSES))

    def _end(self, place: Place) -> Place:
        took = self._clock.now() - place.started_at
        done = replace(place, is_done=True)
        save_note(self._store, LOOKUP_NOTE, asdict(done))
        logger.info("round done tweets=%d events=%d took_hours=%.2f", self._asked, self._found, took / 3600)
        if took > self._seconds:
            hours = self._settings.collect_compliance.lookup_hours
            logger.warning("X lets us look at all tweets in %.1f h only, not in %g", took / 3600, hours)
        return done
