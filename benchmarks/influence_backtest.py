"""Does the composite predict engagement better than followers, retweets, or the sum of the four factors?

    python -m benchmarks.influence_backtest

Two worlds. `profiles`: the tweets of real authors in ../shared/data with two own tweets or more; the earlier half of
an author's tweets predicts the mean engagement of the later half (the tweets are from many years, so that no common
week exists). `planted`: a generated fortnight in which a hidden 2 % of the authors spread PULL times as far as their
followers explain; the first week predicts the second, and the ranking should find them. Figures and back-test are
those of production; the composite is fitted to other authors than those it is measured on.
"""

import argparse
import csv
import gzip
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.harness import DATA, REAL_TWEETS, save
from generator.authors import Crowd
from generator.conversations import Planner
from generator.posts import Post
from generator.seeds import seeded
from generator.world import HOUR_MS, World, load_world
from models.influence.composite import Composite, prepare
from models.influence.weights import Backtest, run_backtest
from runtime.resources import PROJECT

SCENARIO = PROJECT / "generator" / "scenarios" / "demo.yaml"
PULL, PLANTED_SHARE = 30, 0.02
CONVERSATIONS = 9_000
WEEK_MS = 7 * 24 * HOUR_MS
ENGAGEMENT = ("retweet_count", "like_count", "reply_count", "quote_count")


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    world = load_world(SCENARIO)
    planted = choose_planted(world)
    authors = planted_authors(world, planted)
    figures = {"profiles": described(run_backtest(profile_authors())), "planted": described(run_backtest(authors))}
    figures["planted"] |= recall(authors, Composite(**figures["planted"]["composite"]))
    save("influence_backtest", figures)
    for name, found in figures.items():
        print(
            name,
            found["authors"],
            found["measures"],
            {each: gains["spearman"] for each, gains in found["gains"].items()},
        )
    return 0


def described(tested: Backtest | None) -> dict[str, Any]:
    """A back-test as plain data: the gains by baseline and measure as [difference, low, high]."""
    assert tested is not None
    gains = {
        name: {each.measure: [each.difference, each.low, each.high] for each in several}
        for name, several in tested.gains.items()
    }
    proven = [name for name, each in gains.items() if each["spearman"][1] > 0]
    return asdict(tested) | {"gains": gains, "better_than": proven}


def summarise(posts: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """FEATURES and factors per brand and author, as production computes them, of posts and reactions.

    `posts`: brand, author, followers_count, ENGAGEMENT; `links`: brand, source, target, is_retweet.
    """
    rows = posts.assign(engaged=posts[[*ENGAGEMENT]].sum(axis=1))
    grouped = rows.groupby(["brand", "author"])
    found = grouped[["retweet_count", "like_count", "engaged"]].sum()
    found["post_count"] = grouped.size()
    found["followers_count"] = grouped["followers_count"].last()
    found["h_index"] = grouped["retweet_count"].apply(h_index)
    found["engagement_count"] = found["engaged"]
    found["engagement_per_follower"] = found["engaged"] / found["post_count"] / (found["followers_count"] + 1)
    retweets = links[links["is_retweet"]].groupby(["brand", "target"]).size().rename_axis(["brand", "author"])
    found["downstream_credit"] = retweets.reindex(found.index).fillna(0.0)
    found["pagerank"] = pd.Series(dict(pages_of(links))).reindex(found.index)
    found["audience_uniqueness"] = uniqueness_of(links).reindex(found.index)
    found["mixed_depth"] = (found["downstream_credit"] > 0).astype(float)
    return found.reset_index().rename(columns={"author": "author_key"})


def pages_of(links: pd.DataFrame) -> Iterator[tuple[tuple[str, str], float]]:
    for brand, rows in links[links["is_retweet"]].groupby("brand"):
        graph: nx.DiGraph[str] = nx.DiGraph()
        weights = rows.groupby(["source", "target"]).size()
        pairs = zip(weights.index.to_list(), weights, strict=True)
        graph.add_weighted_edges_from((str(source), str(target), float(weight)) for (source, target), weight in pairs)
        yield from (((str(brand), node), value) for node, value in nx.pagerank(graph).items())


def uniqueness_of(links: pd.DataFrame) -> "pd.Series[float]":
    pairs = links[["brand", "source", "target"]].drop_duplicates()
    parts = 1.0 / pairs.groupby(["brand", "source"])["target"].transform("size")
    return parts.groupby([pairs["brand"], pairs["target"]]).mean().rename_axis(["brand", "author"])


def h_index(counts: "pd.Series[int]") -> int:
    ordered = np.sort(counts.to_numpy())[::-1]
    return int((ordered >= np.arange(1, len(ordered) + 1)).sum())


def profile_authors() -> pd.DataFrame:
    """Real authors: the earlier half of their tweets, and the mean engagement of the later half."""
    with gzip.open(DATA / REAL_TWEETS, "rt", encoding="utf-8", newline="") as lines:
        rows = pd.DataFrame(csv.DictReader(lines))
    counts = dict.fromkeys(("followers", *ENGAGEMENT))
    rows[[*counts]] = rows[[*counts]].apply(pd.to_numeric, errors="coerce").fillna(0).clip(lower=0)
    rows = rows.assign(brand="all", author=rows["author_id"], followers_count=rows["followers"]).sort_values(
        "created_at"
    )
    own = rows[rows["kind"] != "retweet"]
    own = own[own.groupby("author")["tweet_id"].transform("size") >= 2]
    place = own.groupby("author").cumcount()
    is_before = place < own.groupby("author")["tweet_id"].transform("size") // 2
    reactions = rows[(rows["ref_author_id"] != "") & (rows["ref_author_id"] != rows["author"])]
    links = reactions.assign(source=reactions["author"], target=reactions["ref_author_id"])
    links["is_retweet"] = links["kind"] == "retweet"
    last = own[is_before].groupby("author")["created_at"].max()
    links = links[links["created_at"] <= links["target"].map(last).fillna("")]
    found = summarise(own[is_before], links)
    after = (
        own[~is_before].assign(engaged=own[~is_before][[*ENGAGEMENT]].sum(axis=1)).groupby("author")["engaged"].mean()
    )
    return found.assign(later=found["author_key"].map(after).fillna(0.0))


class PlantedPlanner(Planner):
    """Plans conversations in which the tweets of hidden authors spread further."""

    def __init__(self, world: World, planted: set[int]) -> None:
        super().__init__(world, Crowd(world))
        self.planted = planted

    def _cascade(self, rng: Random, root: Post) -> Iterator[Post]:
        if root.author.number not in self.planted:
            yield from super()._cascade(rng, root)
            return
        root.luck = replace(root.luck, appeal=root.luck.appeal * PULL)
        seen = set()
        for _ in range(PULL):
            for post in super()._cascade(rng, root):
                if post.author.number not in seen:
                    seen.add(post.author.number)
                    yield post


def choose_planted(world: World) -> set[int]:
    size = Crowd(world).size
    return set(seeded(world.seed, "planted").sample(range(size), round(size * PLANTED_SHARE)))


def planted_authors(world: World, planted: set[int]) -> pd.DataFrame:
    """Authors of the first week, and the engagement of their tweets of the second."""
    posts, links = [], []
    for post, about in planned(world, planted):
        brand, author = world.brands[post.brand].slug, str(post.author.number)
        if about is not None:
            links.append((brand, author, str(about.author.number), post.kind == "retweet", post.at_ms))
        if post.kind != "retweet" and post.author.number >= 0:
            final = post.metrics(world.ends_ms)
            posts.append((brand, author, post.author.followers, *(final[name] for name in ENGAGEMENT), post.at_ms))
    own = pd.DataFrame(posts, columns=["brand", "author", "followers_count", *ENGAGEMENT, "at_ms"])
    seen = pd.DataFrame(links, columns=["brand", "source", "target", "is_retweet", "at_ms"])
    split = world.starts_ms + WEEK_MS
    found = summarise(own[own["at_ms"] < split], seen[seen["at_ms"] < split])
    after = own[own["at_ms"] >= split]
    engaged = after[[*ENGAGEMENT]].sum(axis=1).groupby([after["brand"], after["author"]]).sum()
    keys = pd.MultiIndex.from_frame(found[["brand", "author_key"]])
    is_planted = found["author_key"].map(lambda key: int(key) in planted)
    return found.assign(later=engaged.reindex(keys).fillna(0.0).to_numpy(), is_planted=is_planted)


def planned(world: World, planted: set[int]) -> Iterator[tuple[Post, Post | None]]:
    """Every post of the world, with what it is about; what comes after its end is left out."""
    planner = PlantedPlanner(world, planted)
    for number in range(CONVERSATIONS):
        rng = seeded(world.seed, "conversation", number)
        brand = rng.randrange(len(world.brands))
        events = planner.plan(rng, brand, rng.randrange(world.starts_ms, world.ends_ms), is_quiet=False)
        kept = [event.post for event in events if event.kind == "tweet" and event.at_ms < world.ends_ms]
        for post in kept:
            if post.about is not None and post.kind == "retweet":
                post.about.retweets += 1
            elif post.about is not None and post.kind == "reply":
                post.about.replies += 1
        yield from ((post, post.about) for post in kept if len(post.history) == 1)


def recall(authors: pd.DataFrame, composite: Composite) -> dict[str, Any]:
    """The share of hidden influencers among the first of a brand's ranking, as many as there are; by ranking."""
    shares: dict[str, list[float]] = {"composite": [], "followers": [], "retweets": []}
    for _, rows in authors.groupby("brand"):
        count = int(rows["is_planted"].sum())
        rankings = {
            "composite": composite.score(prepare(rows), rows["post_count"].to_numpy(float)),
            "followers": rows["followers_count"].to_numpy(float),
            "retweets": rows["retweet_count"].to_numpy(float),
        }
        for name, scores in rankings.items():
            first = np.argsort(-scores, kind="stable")[:count]
            shares[name].append(float(rows["is_planted"].to_numpy()[first].mean()))
    return {
        "planted": int(authors["is_planted"].sum()),
        "found_share": {name: float(np.mean(each)) for name, each in shares.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
