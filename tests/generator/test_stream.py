"""The world as a whole: reproducible, varied, in constant memory."""

import hashlib
import json
import tracemalloc
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from generator import Line, World, generate, load_world, texts, write_world
from generator.authors import Crowd
from tests.generator.conftest import SCENARIOS


def _digest(world: World) -> str:
    digest = hashlib.sha256()
    for line in generate(world):
        digest.update(line.payload)
        digest.update(repr(line.truth).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _peak(tweets: int, days: int) -> int:
    world = load_world(SCENARIOS / "small.yaml", tweets=tweets, days=days)
    calm = replace(
        world.scenario, shares=replace(world.scenario.shares, malformed=0.0)
    )  # a fault may be 300 kB by itself
    world = replace(world, scenario=calm)
    tracemalloc.start()
    for _ in generate(world):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    world = load_world(SCENARIOS / "small.yaml", tweets=300)
    for name in ("one", "two"):
        write_world(world, tmp_path / name)
    names = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(names) == 10
    for path in names:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_another_seed_gives_another_world() -> None:
    assert len({_digest(load_world(SCENARIOS / "small.yaml", tweets=200, seed=seed)) for seed in (1, 2, 3)}) == 3


def test_lines_come_in_time_order_within_the_span(small_world: World, small_lines: list[Line]) -> None:
    moments = [line.at_ms for line in small_lines]
    assert moments == sorted(moments)
    assert small_world.starts_ms <= moments[0]
    assert moments[-1] < small_world.ends_ms


@pytest.mark.parametrize(("tweets", "days"), [(1, 1), (257, 1), (800, 9)])
def test_exactly_as_many_tweet_objects_as_asked_for(tweets: int, days: int) -> None:
    world = load_world(SCENARIOS / "small.yaml", tweets=tweets, days=days)
    assert sum(line.kind in ("tweet", "repeat") for line in generate(world)) == tweets


def test_ten_times_the_tweets_do_not_take_more_memory() -> None:
    _peak(10, 1)  # the phrase tables are read once in a process
    short, long = _peak(300, 1), _peak(3000, 10)
    # 2,700 tweets that were kept would be more than 5 MB; what caches fill up with depends on the tests before.
    assert long < short + 1_000_000


def test_a_world_too_fast_to_answer_still_has_all_its_tweets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.stream.MAX_PENDING", -1)
    lines = list(generate(load_world(SCENARIOS / "small.yaml", tweets=200, days=1)))
    assert sum(line.kind in ("tweet", "repeat") for line in lines) == 200
    assert {line.truth[0][1]["kind"] for line in lines if line.kind == "tweet"} == {"original"}


def test_texts_of_a_world_hardly_repeat() -> None:
    world = load_world(SCENARIOS / "demo.yaml", tweets=4000)
    found = []
    for line in generate(world):
        if line.kind == "tweet" and line.truth[0][1]["kind"] != "retweet":
            found.append(json.loads(line.payload)["data"]["text"])
    assert len(found) > 1800
    assert len(set(found)) > 0.97 * len(found)


def test_texts_to_measure_with_are_distinct_and_repeat_with_the_seed() -> None:
    found = list(texts(2000, seed=5))
    assert len(set(found)) == 2000
    assert found == list(texts(2000, seed=5))
    assert found != list(texts(2000, seed=6))


def test_segments_differ_in_audience_sentiment_and_retweets() -> None:
    world = load_world(SCENARIOS / "demo.yaml", tweets=5000)
    followers: dict[str, list[int]] = defaultdict(list)
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    segment_of: dict[str, str] = {}
    crowd = Crowd(world)
    for number in range(crowd.size):
        author = crowd.author(number)
        segment_of[author.user_id] = author.segment.name
        followers[author.segment.name].append(author.followers)
    for line in generate(world):
        if line.kind == "tweet":
            row = line.truth[0][1]
            rows[segment_of.get(row["author_id"], "")].append((row["sentiment"], row["kind"]))

    def share(segment: str, value: str) -> float:
        return sum(value in row for row in rows[segment]) / len(rows[segment])

    assert median(followers["commentators"]) > 20 * median(followers["happy_regulars"])
    assert median(followers["question_askers"]) < 0.5 * median(followers["night_complainers"])
    assert share("night_complainers", "negative") > 2 * share("happy_regulars", "negative")
    assert share("happy_regulars", "positive") > 2 * share("night_complainers", "positive")
    assert share("question_askers", "reply") > share("commentators", "reply")
    assert share("deal_hunters", "retweet") > 1.5 * share("happy_regulars", "retweet")
    assert share("commentators", "quote") > share("night_complainers", "quote")
