"""Writes the generated tweets and the truth about them."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from generator.authors import Crowd, brand_account
from generator.faults import encode
from generator.stream import Line, generate
from generator.world import World

TABLES = ("tweets", "authors", "cascades", "conversations", "incidents", "notices", "malformed", "repeats")
_UNFINISHED = ".part"
Row = dict[str, Any]


class Tally:
    """Counts the written lines."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines: Counter[str] = Counter()
        self.labels: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "sentiment", "brand", "lang")}
        self.malformed: Counter[str] = Counter()
        self.notices: Counter[str] = Counter()
        self.tolerable = 0
        self.incidents: Counter[int] = Counter()

    def add(self, line: Line) -> None:
        """Count one line and its labels."""
        self.lines[line.kind] += 1
        for table, row in line.truth:
            if table == "tweets":
                for name, counter in self.labels.items():
                    counter[row[name]] += 1
                if row["incident"] is not None:
                    self.incidents[row["incident"]] += 1
            elif table == "malformed":
                self.malformed[row["kind"]] += 1
                self.tolerable += row["is_tolerable"]
            elif table == "notices":
                self.notices[row["kind"]] += 1

    def counts(self) -> Row:
        """The summary: lines = tweet_objects + malformed + compliance_notices; tweet_objects = distinct + repeats."""
        scenario = self.world.scenario
        return {
            "scenario": scenario.name,
            "seed": scenario.seed,
            "spelling": scenario.spelling,
            "from": scenario.starts_at.isoformat(),
            "to": scenario.ends_at.isoformat(),
            "lines": sum(self.lines.values()),
            "tweet_objects": self.lines["tweet"] + self.lines["repeat"],
            "distinct_ids": self.lines["tweet"],
            "repeats": self.lines["repeat"],
            "malformed": self.lines["malformed"],
            "malformed_tolerable": self.tolerable,
            "compliance_notices": self.lines["notice"],
            **{f"by_{name}": dict(sorted(counter.items())) for name, counter in self.labels.items()},
            "by_fault": dict(sorted(self.malformed.items())),
            "by_notice": dict(sorted(self.notices.items())),
        }


def write_world(world: World, out: Path, on_line: Callable[[Line], None] = lambda line: None) -> Row:
    """Write ``tweets.jsonl.gz``, ``truth/*.jsonl.gz`` and ``truth/summary.json`` under ``out``; returns the summary.

    ``on_line`` is called after each line, for progress. Files get their names once all are complete.
    """
    truth = out / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    tally = Tally(world)
    with ExitStack() as stack:
        tweets = stack.enter_context(_opened(stack, out / "tweets.jsonl.gz"))
        tables = {name: stack.enter_context(_opened(stack, truth / f"{name}.jsonl.gz")) for name in TABLES}
        for line in generate(world):
            tweets.write(line.payload + b"\n")
            for table, row in line.truth:
                _append(tables[table], row)
            tally.add(line)
            on_line(line)
        _append_authors(world, tables["authors"])
        _append_incidents(world, tables["incidents"], tally.incidents)
    for part in (out / "tweets.jsonl.gz", *(truth / f"{name}.jsonl.gz" for name in TABLES)):
        part.with_name(part.name + _UNFINISHED).replace(part)
    counts = tally.counts()
    (truth / "summary.json").write_text(json.dumps(counts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return counts


def _opened(stack: ExitStack, path: Path) -> BinaryIO:
    plain = stack.enter_context(path.with_name(path.name + _UNFINISHED).open("wb"))
    return cast("BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=plain, mtime=0))


def _append(file: BinaryIO, row: Row) -> None:
    file.write(encode(row) + b"\n")


def _append_authors(world: World, file: BinaryIO) -> None:
    crowd = Crowd(world)
    for number in range(-len(world.brands), crowd.size):
        author = crowd.author(number) if number >= 0 else brand_account(world, -1 - number)
        row = {
            "author_id": author.user_id,
            "username": author.username,
            "brand": world.brands[author.brand].slug,
            "segment": author.segment.name,
            "region": author.region.key,
            "circle": f"{world.brands[author.brand].slug}-{author.circle}" if number >= 0 else None,
            "language": author.language,
        }
        _append(file, row)


def _append_incidents(world: World, file: BinaryIO, tweets: Counter[int]) -> None:
    for number, incident in enumerate(world.scenario.incidents):
        starts_at = world.scenario.starts_at + timedelta(days=incident.day, hours=incident.hour)
        row = {
            "incident": number,
            "brand": incident.brand,
            "category": incident.category,
            "region": incident.region,
            "intensity": incident.intensity,
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=incident.hours)).isoformat(),
            "tweets": tweets[number],
        }
        _append(file, row)
