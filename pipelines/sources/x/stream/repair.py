"""Fills gaps of the stream from recent search, once a gap is over and search can cover it.

A post that matches several rules is sent once, with all their tags; one that was received before is sent again and
merged downstream by its id. Search returns no retweets: the ledger reports them as lost.
"""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Event, Lock

import tweepy

from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import Gap, GapLedger, State
from pipelines.sources.x.clients import open_client, open_stream
from pipelines.sources.x.clock import Clock, first_id, moment_of
from pipelines.sources.x.retry import Retrier, Stopped
from pipelines.sources.x.rules import build_wanted_rules, read_rules
from pipelines.sources.x.search import Found, Query, Searchable, read_search, searchable
from pipelines.sources.x.stream.buffer import Buffer, Item
from runtime.errors import JobError

logger = logging.getLogger("brandpulse.collect_stream")

SOURCE = "x:repair"
_SLICE_SECONDS = 600.0
_MAX_SLICES = 24
_CHECK_SECONDS = 5.0
_RULES_RETRY_TIMEOUT_SECONDS = 30.0
_WAIT_SECONDS = 0.1
_DAY_SECONDS = 86_400.0


class Repairer:
    """Finds gaps that are due and fills them, in its own thread."""

    def __init__(
        self,
        settings: Settings,
        buffer: Buffer,
        gaps: GapLedger,
        clock: Clock,
        stop: Event,
        count_reads: Callable[[list[int]], None] = lambda ids: None,
    ) -> None:
        self._settings, self._buffer, self._gaps = settings, buffer, gaps
        self._clock, self._stop, self._count_reads = clock, stop, count_reads
        self._retrier = Retrier(clock, stop)
        self._client = open_client(settings)
        self._rules_client: tweepy.StreamingClient = open_stream(settings)
        self.found = 0
        """Posts that search returned so far."""

    def run(self) -> None:
        """Repair what is due, until `stop` is set; a gap that fails is retried later."""
        while not self._stop.is_set():
            try:
                for gap in self._gaps.due(self._clock.now() - self._settings.collect_search.delay_seconds):
                    self._try(gap)
            except Stopped:
                return
            self._clock.wait(self._stop, _CHECK_SECONDS)

    def _try(self, gap: Gap) -> None:
        try:
            self.repair(gap)
        except JobError as error:
            logger.warning("gap=%d is not repaired yet: %s", gap.gap_id, error)
            self._gaps.settle(gap, State.OPEN, gap.found, str(error), self._clock.now())
            self._clock.wait(self._stop, _CHECK_SECONDS * 12)

    def repair(self, gap: Gap) -> None:
        """Search the whole gap, settle it when Kafka has all posts found; it stays open after Stopped or JobError."""
        assert gap.until_id is not None, "a gap that is not over cannot be repaired"
        rules = self._searchable()
        oldest = first_id(self._clock.now() - self._settings.collect_search.window_days * _DAY_SECONDS)
        since_id, found = max(gap.since_id, oldest), 0
        started = time.monotonic()
        for low, high in slices(since_id, gap.until_id):
            found += self._fill(rules, low, high)
        state, reason = _outcome(rules, since_id, gap)
        self._gaps.settle(gap, state, found, reason, self._clock.now())
        logger.info(
            "gap=%d cause=%s gap_seconds=%.1f found=%d state=%s took_seconds=%.1f",
            *(gap.gap_id, gap.cause, gap.seconds, found, state.value, time.monotonic() - started),
        )

    def _searchable(self) -> Searchable:
        limits = self._settings.x
        stored = self._retrier.call(lambda: read_rules(self._rules_client, _RULES_RETRY_TIMEOUT_SECONDS))
        return searchable(stored, build_wanted_rules(limits), limits.max_query_characters)

    def _fill(self, rules: Searchable, since_id: int, until_id: int) -> int:
        """Send the posts between two ids and wait until Kafka has them; return their number."""
        found: dict[int, tuple[bytes, list[str]]] = {}
        for query in rules.queries:
            for page in self._pages(query, since_id, until_id):
                self._count_reads([each.tweet_id for each in page])
                for each in page:
                    found.setdefault(each.tweet_id, (each.payload, []))[1].append(query.tag)
        self._deliver(found)
        self.found += len(found)
        return len(found)

    def _pages(self, query: Query, since_id: int, until_id: int) -> Iterator[list[Found]]:
        return read_search(self._client, self._retrier, query.text, since_id, until_id)

    def _deliver(self, found: dict[int, tuple[bytes, list[str]]]) -> None:
        left = _Countdown(len(found))
        for tweet_id, (payload, tags) in sorted(found.items()):
            rules = tuple(dict.fromkeys(filter(None, tags)))
            item = Item(payload, tweet_id, SOURCE, time.monotonic(), rules, left.down)
            if not self._buffer.put_when_room(item, self._stop):
                raise Stopped
        while not left.is_over.wait(_WAIT_SECONDS):
            if self._stop.is_set():
                raise Stopped


class _Countdown:
    """Counts acknowledgements; called from the publisher's thread."""

    def __init__(self, count: int) -> None:
        self._left, self._lock = count, Lock()
        self.is_over = Event()
        if not count:
            self.is_over.set()

    def down(self) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                self.is_over.set()


def slices(since_id: int, until_id: int) -> Iterator[tuple[int, int]]:
    """Parts of a range of ids, oldest first: ten minutes each, at most 24 parts, so that each fits into memory.

    More parts would need more requests than X allows for a gap of several days.
    """
    seconds = max(_SLICE_SECONDS, (moment_of(until_id) - moment_of(since_id)) / _MAX_SLICES)
    low = since_id
    while low + 1 < until_id:
        high = min(until_id, first_id(moment_of(low) + seconds))
        yield low, high
        low = high - 1


def _outcome(rules: Searchable, since_id: int, gap: Gap) -> tuple[State, str]:
    reasons = []
    if since_id > gap.since_id:
        reasons.append("its beginning is older than X's search covers")
    if rules.left_out:
        reasons.append(f"search cannot fully cover {', '.join(rules.left_out)}")
    if reasons:
        return State.LOST, "; ".join(reasons)
    if rules.has_retweets:
        return State.LOST_RETWEETS, "X's search returns no retweets"
    return State.REPAIRED, ""
