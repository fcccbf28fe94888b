"""X's recent search, or a brand's mentions -> tweets.raw.v1 and compliance.v1: polled for new posts.

Each query has its own position, saved when Kafka has acknowledged the posts up to there: after a kill the next run
queries them again. Search covers the last 7 days without retweets, mentions the last 800 posts.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import tweepy

from conf.brand.files import check_known_brand, read_brands
from conf.brand.rules import rule_tag, search_queries
from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.kafka import message_of, publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from pipelines.sources.collector.gap_ledger import GapLedger, Position
from pipelines.sources.collector.read_budget import ReadBudget
from pipelines.sources.collector.state import State, save_state
from pipelines.sources.collector.store import Store, collector_lock
from pipelines.sources.x.clients import open_client
from pipelines.sources.x.clock import Clock, first_id
from pipelines.sources.x.record import records_of
from pipelines.sources.x.retry import Retrier, Stopped
from pipelines.sources.x.rules import build_wanted_rules
from pipelines.sources.x.search import Found, Query, read_mentions, read_search, read_user_id
from pipelines.sources.x.stream.buffer import Item
from runtime.errors import RulesRejected
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.collect_search")

SEARCH, MENTIONS = "x:search", "x:mentions"
MAX_MENTIONS = 800
_DAY_SECONDS = 86_400.0


def run_search(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Poll search for each rule of the brands until stopped, or once with --once; --full: from 7 days ago."""
    check_known_brand(options.brand, read_brands())
    poller = _Poller(settings, options, SEARCH, stop)
    poller.run([partial(poller.search, query) for query in _queries(settings, options.brand)])


def run_mentions(settings: Settings, options: Options, stop: threading.Event | None = None) -> None:
    """Poll the mentions of each brand's handle until stopped, or once with --once."""
    brands = read_brands()
    check_known_brand(options.brand, brands)
    poller = _Poller(settings, options, MENTIONS, stop)
    handles = {slug: brands[slug].handle for slug in brands if options.brand in (None, slug) and brands[slug].handle}
    poller.run([partial(poller.mentions, slug, str(handle)) for slug, handle in handles.items()])


class _Poller:
    """The queries of one source; Kafka has acknowledged the posts before the position advances."""

    def __init__(self, settings: Settings, options: Options, source: str, stop: threading.Event | None) -> None:
        self._settings, self._options, self._source = settings, options, source
        self._stop = stop or threading.Event()
        self._clock = Clock(settings.collect_stream.clock_speed)
        self._client: tweepy.Client = open_client(settings, self._clock.note_response)
        self._retrier = Retrier(self._clock, self._stop)
        self._run = str(time.time_ns() // 1_000_000)
        self._count = self._bytes = 0
        self._user_ids: dict[str, str] = {}
        self._started_at = self._clock.now()

    def run(self, queries: list[Callable[[], int]]) -> None:
        """Run all queries, wait, repeat."""
        if not queries:
            raise RulesRejected("no brand has a handle, names or keywords: fill in conf/brands/*.yaml")
        settings = self._settings
        with collector_lock(settings, self._source.partition(":")[2]), set_when_told_to_end(self._stop):
            self._store = Store(settings)
            self._budget = ReadBudget(settings, self._store, self._clock)
            try:
                if not self._options.dry_run:
                    create_topics(settings)
                    self._poll(queries)
            except Stopped:
                logger.info("stopped")
            finally:
                self._budget.save()
                self._store.close()

    def search(self, query: Query) -> int:
        """Send the posts of one query since the last time; return their number."""
        ledger = self._ledger(f"{query.tag}:{query.text}")
        limits, now = self._settings.collect_search, self._clock.now()
        until_id = first_id(now - limits.delay_seconds)
        pages = read_search(self._client, self._retrier, query.text, self._start(ledger, until_id), until_id)
        sent = self._send((query.tag,), pages, self._settings.x.price_per_read)
        ledger.save(Position(until_id - 1, 0.0, is_clean=True))
        return sent

    def mentions(self, slug: str, handle: str) -> int:
        """Send the mentions of one account since the last time; return their number."""
        ledger = self._ledger(handle)
        user_id = self._user_id(slug, handle)
        position = ledger.position()
        since_id = position.tweet_id if position else 0
        ids: list[int] = []

        def recorded() -> Iterator[list[Found]]:
            for page in read_mentions(self._client, self._retrier, user_id, since_id):
                ids.extend(each.tweet_id for each in page)
                yield page

        sent = self._send((rule_tag(slug, "mentions"),), recorded(), self._settings.budget.price_per_mention)
        if since_id and sent >= MAX_MENTIONS:
            self._note_loss(ledger, since_id, min(ids), f"X lists the last {MAX_MENTIONS} mentions only")
        ledger.save(Position(max([since_id, *ids]), 0.0, is_clean=True))
        return sent

    def _user_id(self, slug: str, handle: str) -> str:
        """X's id of the account, read once: a user costs more than ten mentions."""
        if handle not in self._user_ids:
            user_id = read_user_id(self._client, self._retrier, handle)
            if user_id is None:
                raise RulesRejected(f"conf/brands/{slug}.yaml: handle: X knows no account {handle}")
            self._user_ids[handle] = user_id
        return self._user_ids[handle]

    def _poll(self, queries: list[Callable[[], int]]) -> None:
        self._retrier.sync_clock(self._settings)
        while not self._stop.is_set():
            self._budget.check_hard_limit()
            sent = sum(query() for query in queries)
            self._budget.save()
            save_state(self._store, self._state())
            self._budget.alert(self._budget.spending())
            logger.info("%s queries=%d posts=%d", self._source, len(queries), sent)
            if self._options.extra.get("once"):
                return
            self._clock.wait(self._stop, self._settings.collect_search.poll_seconds)

    def _start(self, ledger: GapLedger, until_id: int) -> int:
        """The id to continue after; what search no longer covers is recorded as lost."""
        limits, now = self._settings.collect_search, self._clock.now()
        oldest, position = first_id(now - limits.window_days * _DAY_SECONDS), ledger.position()
        if self._options.full:
            return oldest
        if position is None:
            return first_id(now - limits.delay_seconds - limits.poll_seconds)
        if position.tweet_id < oldest:
            self._note_loss(ledger, position.tweet_id, oldest, "older than X's search covers")
        return min(until_id, max(position.tweet_id, oldest))

    def _send(self, rules: tuple[str, ...], pages: Iterator[list[Found]], price: float) -> int:
        return publish_records(self._settings, self._messages(rules, pages, price))

    def _messages(self, rules: tuple[str, ...], pages: Iterator[list[Found]], price: float) -> Iterator[Message]:
        limit = self._settings.kafka.max_record_bytes
        for page in pages:
            self._budget.count(self._source, [each.tweet_id for each in page], price)
            for each in page:
                self._count += 1
                self._bytes += len(each.payload)
                item = Item(each.payload, each.tweet_id, self._source, 0.0, rules)
                for record in records_of(item, self._run, self._count, limit):
                    yield message_of(record, self._source, self._settings)

    def _state(self) -> State:
        return State(
            pid=os.getpid(),
            source=self._source,
            started_at=self._started_at,
            written_at=self._clock.now(),
            is_connected=True,
            received=self._count,
            received_bytes=self._bytes,
            delivered=self._count,
        )

    def _note_loss(self, ledger: GapLedger, from_id: int, to_id: int, reason: str) -> None:
        ledger.note_loss(from_id, to_id, reason)
        logger.warning("%s lost posts between two polls: %s", self._source, reason)

    def _ledger(self, name: str) -> GapLedger:
        return GapLedger(self._store, f"{self._source}:{name}", 0.0)


def _queries(settings: Settings, only: str | None) -> list[Query]:
    limits = settings.x
    found: list[Query] = []
    for rule in build_wanted_rules(limits):
        texts, left_out = search_queries(rule, limits.max_query_characters)
        if only in (None, rule.slug):
            found += [Query(text, rule.tag) for text in texts]
            if left_out:
                logger.warning("%s: search cannot run %d of its terms", rule.place, len(left_out))
    return found
