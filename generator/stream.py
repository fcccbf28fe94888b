"""The lines of a world in time order, in constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from generator.authors import Crowd
from generator.conversations import LONGEST_WAIT_MS, Planner
from generator.faults import TOLERABLE, encode, spoil
from generator.notices import notice
from generator.payloads import Writer
from generator.posts import Event, Post
from generator.seeds import iso, seeded
from generator.spelling import respell
from generator.world import HOUR_MS, World

MAX_PENDING = 50_000
"""Pending events; above it conversations get no replies, so that memory is bounded at any rate."""

BUCKET_TWEETS = 500
Row = dict[str, Any]


@dataclass(slots=True)
class Line:
    """One line: ``tweet``, ``repeat``, ``notice`` or ``malformed``; ``truth``: (table, row) pairs."""

    at_ms: int
    kind: str
    payload: bytes
    truth: list[tuple[str, Row]] = field(default_factory=list)


def generate(world: World) -> Iterator[Line]:
    """Every line of the world, oldest first: exactly ``tweets`` tweet objects, notices and malformed lines."""
    crowd = Crowd(world)
    planner = Planner(world, crowd)
    writer = Writer(world, planner.accounts)
    rng = seeded(world.seed, "faults")
    number = 0
    for event in _events(world, planner):
        number += 1
        line = _line(world, writer, event)
        yield line
        if line.kind == "tweet" and rng.random() < world.scenario.shares.malformed:
            number += 1
            fresh_id = planner.next_id(event.at_ms)
            kind, payload = spoil(rng, line.payload, fresh_id)
            row = {"line": number, "kind": kind, "is_tolerable": kind in TOLERABLE, "fresh_id": fresh_id}
            yield Line(event.at_ms, "malformed", payload, [("malformed", row)])


def _events(world: World, planner: Planner) -> Iterator[Event]:
    pending: list[Event] = []
    planned, opened = 0, 0
    for starts_ms, ends_ms, target, paces in _buckets(world):
        while planned < target:
            opened += 1
            rng = seeded(world.seed, "conversation", opened)
            brand = rng.choices(range(len(paces)), paces)[0]
            at_ms = rng.randrange(starts_ms, ends_ms)
            events = planner.plan(rng, brand, at_ms, is_quiet=len(pending) > MAX_PENDING)
            kept = _keep(events, min(world.ends_ms, at_ms + LONGEST_WAIT_MS), world.scenario.tweets - planned)
            planned += sum(event.kind != "notice" for event in kept)
            for event in kept:
                heappush(pending, event)
        while pending and pending[0].at_ms < ends_ms:
            yield heappop(pending)


def _buckets(world: World) -> Iterator[tuple[int, int, int, list[float]]]:
    """Per hour or part of an hour: start, end, tweets planned until its end, and the brands' paces."""
    hours = world.scenario.days * 24
    total = sum(sum(world.pace(hour)) for hour in range(hours))
    done = 0.0
    for hour in range(hours):
        paces = world.pace(hour)
        tweets = world.scenario.tweets * sum(paces) / total
        parts = max(1, round(tweets / BUCKET_TWEETS))
        for part in range(parts):
            starts_ms = world.starts_ms + hour * HOUR_MS + HOUR_MS * part // parts
            ends_ms = world.starts_ms + hour * HOUR_MS + HOUR_MS * (part + 1) // parts
            done += tweets / parts
            is_last = hour == hours - 1 and part == parts - 1
            yield starts_ms, ends_ms, world.scenario.tweets if is_last else int(done), paces


def _keep(events: list[Event], ends_ms: int, limit: int) -> list[Event]:
    """The events before ``ends_ms``: up to ``limit`` tweet objects, and notices about those alone."""
    kept: list[Event] = []
    included: set[str] = set()
    for event in events:
        if event.at_ms >= ends_ms:
            break
        if event.kind == "notice":
            if event.post.id in included:
                kept.append(event)
        elif limit > 0:
            limit -= 1
            kept.append(event)
            included.add(event.post.id)
            if event.kind == "tweet":
                _count(event.post)
    return kept


def _count(post: Post) -> None:
    about = post.about
    if about is None or len(post.history) > 1:
        return
    if post.kind == "reply":
        about.replies += 1
    elif post.kind == "retweet":
        about.retweets += 1
    else:
        about.quotes += 1


def _line(world: World, writer: Writer, event: Event) -> Line:
    post = event.post
    if event.kind == "notice":
        payload = encode(notice(event.detail, post, event.at_ms))
        row = {"kind": event.detail, "tweet_id": post.id, "author_id": post.author.user_id, "at": iso(event.at_ms)}
        return Line(event.at_ms, "notice", payload, [("notices", row)])
    written = writer.line(post, event.at_ms, event.detail)
    if world.scenario.spelling == "2.167":
        written = respell(written)
    line = Line(event.at_ms, event.kind, encode(written))
    if event.kind == "tweet":
        line.truth = _truth(world, post)
    else:
        line.truth = [("repeats", {"tweet_id": post.id, "variant": event.detail, "at": iso(event.at_ms)})]
    return line


def _truth(world: World, post: Post) -> list[tuple[str, Row]]:
    words, scenario = post.words, world.scenario
    row: Row = {
        "tweet_id": post.id,
        "brand": scenario.brands[post.brand].slug,
        "author_id": post.author.user_id,
        "kind": post.kind,
        "created_at": iso(post.at_ms),
        "lang": words.lang,
        "mood": words.mood,
        "sentiment": words.sentiment,
        "is_complaint": words.is_complaint,
        "category": words.category,
        "subjectivity": words.subjectivity,
        "is_sarcastic": words.is_sarcastic,
        "incident": post.incident,
        "edit_of": post.history[0] if len(post.history) > 1 else None,
    }
    rows = [("tweets", row)]
    if post.kind == "retweet" and post.about is not None:
        path = {"tweet_id": post.id, "root_id": post.about.id, "parent_id": post.heard_from, "depth": post.depth}
        rows.append(("cascades", path))
    else:
        about = post.about.id if post.about else None
        talk = {"conversation_id": post.conversation_id, "tweet_id": post.id, "parent_id": about, "kind": post.kind}
        rows.append(("conversations", talk))
    return rows
