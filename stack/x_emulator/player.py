"""Plays a source of tweets in a loop, at a set rate."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from stack.x_emulator.posts import Template
from stack.x_emulator.readers import Item, Notice
from stack.x_emulator.world import World

TICK_SECONDS = 0.02
MAX_CATCH_UP_SECONDS = 1.0


class Player:
    """`source()` yields templates and notices in order; at most `limit` are read, once, when first needed."""

    def __init__(self, world: World, source: Callable[[], Iterable[Item]], rate: float, limit: int) -> None:
        self._world, self._source, self._limit = world, source, limit
        self.rate = rate
        self.played = 0
        self._items: list[Item] = []
        self._cycle: Iterator[Item] = iter(())
        self._credit = 0.0
        self._left: int | None = None

    def play(self, rate: float, count: int | None = None) -> None:
        """Set the rate in posts per real second; stop after `count` posts."""
        if rate > 0:
            self.load()
        self.rate, self._left, self._credit = rate, count, 0.0

    def load(self) -> int:
        """Read the source, which makes its accounts known; return the number of items."""
        if not self._items:
            self._items = list(islice(self._source(), self._limit))
            for item in self._items:
                if isinstance(item, Template):
                    self._world.store.know(item)
        return len(self._items)

    async def run(self) -> None:
        """Play until cancelled."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self._credit += self.rate * min(now - last, MAX_CATCH_UP_SECONDS)
            last = now
            while self._credit >= 1:
                self._credit -= 1
                self.step()

    def step(self) -> None:
        """Play the next post, and the notices before it."""
        if self._left == 0:
            self.rate, self._credit = 0.0, 0.0
            return
        item = self._next()
        while isinstance(item, Notice):
            self._note(item)
            item = self._next()
        if item is not None:
            self._world.publish(item)
            self.played += 1
            self._left = None if self._left is None else self._left - 1

    def _next(self) -> Item | None:
        item = next(self._cycle, None)
        if item is None and any(isinstance(each, Template) for each in self._items):
            self._cycle = iter(self._items)
            item = next(self._cycle)
        return item

    def _note(self, notice: Notice) -> None:
        """Record a notice of the source under the id that its tweet was played with, if it was played."""
        if not notice.is_about_tweet:
            self._world.record(notice.kind, notice.subject, **notice.about)
            return
        played = self._world.played_id(notice.subject)
        if played is not None:
            self._world.record(notice.kind, str(played), **notice.about)
