"""kill -9 of the store at random moments of bulk upserts: nothing acknowledged is lost, no command is half applied."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pymongo import MongoClient, ReplaceOne
from pymongo.errors import PyMongoError

import stack
from conf.settings import Settings
from stack.processes import wait_until
from tests.stack.conftest import Documents

BATCH = 20
KEYS = 2_000


class Writer(threading.Thread):
    """Upserts numbered batches until the store is killed; records which were acknowledged."""

    def __init__(self, uri: str, numbers: "itertools.count[int]") -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[int] = []
        self._uri, self._numbers = uri, numbers

    def run(self) -> None:
        with MongoClient[Documents](self._uri, serverSelectionTimeoutMS=500, socketTimeoutMS=5_000) as client:
            for number in self._numbers:
                try:
                    client.db.durable.bulk_write([*map(ReplaceOne, *batch(number), [True] * BATCH)], ordered=False)
                except PyMongoError:
                    return
                self.acknowledged.append(number)

    def has_acknowledged(self, count: int) -> bool:
        """Wait until `count` batches are acknowledged."""
        return wait_until(lambda: len(self.acknowledged) >= count, 60)


def batch(number: int) -> tuple[list[Documents], list[Documents]]:
    keys = [f"{number % (KEYS // BATCH):04d}-{place}" for place in range(BATCH)]
    return [{"_id": key} for key in keys], [{"_id": key, "batch": number, "text": "x" * 200} for key in keys]


def kill_during_upserts(
    kills: int, home: Path, settings: Settings, kill: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Return the number of batches written over all kills, and what was lost or half applied."""
    dice, numbers, wrong = random.Random(7), itertools.count(), list[str]()
    newest: dict[int, int] = {}
    for _ in range(kills):
        writer = Writer(stack.start(home, settings).mongodb, numbers)
        writer.start()
        assert writer.has_acknowledged(dice.randrange(10, 150)), "the writer makes no progress"
        kill("mongodb")
        writer.join(30)
        newest |= {number % (KEYS // BATCH): number for number in writer.acknowledged}
        wrong += differences(stack.start(home, settings), newest)
    return next(numbers), wrong


def differences(endpoints: stack.Endpoints, newest: dict[int, int]) -> list[str]:
    with MongoClient[Documents](endpoints.mongodb) as client:
        found = Counter(document["batch"] for document in client.db.durable.find({}, {"batch": 1}))
    stored = {number % (KEYS // BATCH): number for number in found}
    halves = [f"batch {number} has {count} of {BATCH}" for number, count in found.items() if count != BATCH]
    lost = [f"batch {number} is lost" for slot, number in newest.items() if stored.get(slot, -1) < number]
    return halves + lost


def test_three_kills_lose_nothing(own_home: Path, stack_settings: Settings, kill: Callable[[str], None]) -> None:
    written, wrong = kill_during_upserts(3, own_home, stack_settings, kill)
    assert wrong == []
    assert written >= 30


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_fifteen_kills_lose_nothing(own_home: Path, stack_settings: Settings, kill: Callable[[str], None]) -> None:
    written, wrong = kill_during_upserts(15, own_home, stack_settings, kill)
    print(f"{written * BATCH} documents written over 15 kills, {len(wrong)} batches lost or half applied")
    assert wrong == []
