"""Nodes of conversations -> the same nodes with levels, sizes, and estimates of their retweet trees.

A conversation is a tree: a reply or quote hangs below the tweet that it names, a retweet below the tweet that it
repeats (a retweet of a quote belongs to the quote). Its retweets form one star per tweet, of which an expected tree is
computed where enough of them are timed. `score_conversations` takes whole conversations; it knows no Spark.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from conf.schemas.influence import ranged
from models.influence.retweet_trees import (
    GAMMAS,
    Numbers,
    draw_parents,
    expect_trees,
    likely_parents,
    summarise_trees,
)

Places = npt.NDArray[np.int64]

MIN_TIMED, MIN_COVERAGE = 20, 0.5
"""An expected tree needs so many timed retweets, and this share of the public count."""
FEW, LOW_COVERAGE, UNKNOWN_ROOT = "few_retweets", "low_coverage", "unknown_root"
RETWEET, REPLY, QUOTE = "retweet", "reply", "quote"
HOUR = 3600.0
ENDS = (5, 50, 95)
"""Percentiles of the deepest level, the widest level and the virality over the drawn trees of all gammas."""

NODE = {
    **dict.fromkeys(
        ("root_id", "tweet_id", "parent_id", "basis", "author_key", "about_author_key", "brands"), "string"
    ),
    **dict.fromkeys(("seconds", "followers_count", "retweet_count"), "double"),
}
"""What a node has: `seconds` since 1970, the public retweet count of the tweet itself (a retweet carries its root's),
brands joined by commas, and for a missing parent the author whom the tweet names."""
OF_CASCADES = {
    **dict.fromkeys(("timed_retweet_count", "reply_count", "quote_count", "size"), "long"),
    **dict.fromkeys(("observed_depth", "mixed_depth", "mixed_breadth"), "int"),
    **dict.fromkeys(("coverage", "mixed_virality", "half_seconds", "first_hour_share"), "double"),
    **dict.fromkeys(ranged("mean_depth", "max_depth", "breadth", "virality"), "double"),
    "suppressed_because": "string",
}
OF_EDGES = {
    "parent_author_key": "string",
    "level": "int",
    "likely_parent_id": "string",
    "parent_probability": "double",
    **dict.fromkeys(ranged("depth", "credit"), "double"),
}
SCORED = {name: kind for name, kind in NODE.items() if name != "about_author_key"} | OF_EDGES | OF_CASCADES
_DTYPES: dict[str, Any] = {"string": object, "double": float, "long": "Int64", "int": "Int32"}


def score_conversations(nodes: pd.DataFrame) -> pd.DataFrame:
    """Rows of NODE, of any number of whole conversations -> rows of SCORED, first tweets that we lack included.

    Nodes that no path connects to their root are left out: such data contradicts itself.
    """
    if nodes.empty:
        return pd.DataFrame({name: pd.Series(dtype=_DTYPES[kind]) for name, kind in SCORED.items()})
    numbers = {name: float for name, kind in NODE.items() if kind == "double"}
    ordered = nodes.astype(numbers).sort_values(["root_id", "seconds", "tweet_id"], kind="stable")
    starts = np.flatnonzero(ordered["root_id"].ne(ordered["root_id"].shift()))
    ends = [*starts[1:], len(ordered)]
    scored = [_score(ordered.iloc[first:last]) for first, last in zip(starts, ends, strict=True)]
    whole = pd.concat(scored, ignore_index=True)
    return whole.reindex(columns=[*SCORED]).astype({name: _DTYPES[kind] for name, kind in SCORED.items()})


def _score(nodes: pd.DataFrame) -> pd.DataFrame:
    """One conversation."""
    rows = _with_root(nodes)
    places = {tweet: place for place, tweet in enumerate(rows["tweet_id"])}
    parents = np.array([places.get(each, -1) for each in rows["parent_id"]], np.int64)
    root = places[rows["root_id"].iloc[0]]
    parents[root] = -1
    levels = _levels(parents, root)
    order = np.lexsort((np.arange(len(rows)), levels))
    order = order[levels[order] >= 0]
    rank = np.full(len(rows), -1)
    rank[order] = np.arange(len(order))
    known = np.where(parents[order] >= 0, rank[parents[order]], -1)
    found = rows.iloc[order].reset_index(drop=True)
    found["level"] = levels[order]
    found["parent_author_key"] = _parent_authors(found, known)
    _describe_trees(found, known)
    for place, children in _stars(found, known):
        _describe_star(found, place, children)
    return found


def _with_root(nodes: pd.DataFrame) -> pd.DataFrame:
    """The nodes, with a row for the first tweet where we have only what refers to it."""
    root = nodes["root_id"].iloc[0]
    if (nodes["tweet_id"] == root).any():
        return nodes
    direct = nodes[nodes["parent_id"] == root]
    authors = direct["about_author_key"].dropna()
    implied = {
        "root_id": root,
        "tweet_id": root,
        "author_key": authors.iloc[0] if len(authors) else None,
        "brands": ",".join(
            sorted({each for listed in direct["brands"].dropna() for each in listed.split(",") if each})
        ),
        "seconds": _created_at(root, nodes["seconds"].min()),
    }
    return pd.concat([pd.DataFrame([implied]).reindex(columns=nodes.columns).astype(nodes.dtypes), nodes])


def _created_at(tweet_id: str, otherwise: float) -> float:
    """The time in a snowflake id, which cannot be after its first reaction."""
    written = ((int(tweet_id) >> 22) + 1288834974657) / 1000.0 if tweet_id.isdigit() and int(tweet_id) >> 22 else np.inf
    return min(written, otherwise)


def _levels(parents: Places, root: int) -> Places:
    """Edges from the root; -1 where no path leads to it."""
    levels = np.full(len(parents), -1)
    levels[root] = 0
    while True:
        above = np.where(parents >= 0, levels[parents], -1)
        new = (levels < 0) & (above >= 0)
        if not new.any():
            return levels
        levels[new] = above[new] + 1


def _parent_authors(nodes: pd.DataFrame, parents: Places) -> list[str | None]:
    authors, named = nodes["author_key"].tolist(), nodes["about_author_key"].tolist()
    above = [authors[parent] if parent >= 0 else None for parent in parents]
    return [one if isinstance(one, str) else other for one, other in zip(above, named, strict=True)]


def _describe_trees(nodes: pd.DataFrame, parents: Places) -> None:
    """Sizes and depths below every node, counted from the leaves; breadth and virality of the whole tree."""
    count = len(nodes)
    is_retweet = (nodes["basis"] == RETWEET).to_numpy()
    size, mixed, observed = np.ones(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for place in range(count - 1, 0, -1):
        parent = parents[place]
        size[parent] += size[place]
        mixed[parent] = max(mixed[parent], mixed[place] + 1)
        if not is_retweet[place]:
            observed[parent] = max(observed[parent], observed[place] + 1)
    nodes["size"], nodes["mixed_depth"], nodes["observed_depth"] = size, mixed, observed
    for basis, name in ((RETWEET, "timed_retweet_count"), (REPLY, "reply_count"), (QUOTE, "quote_count")):
        counted = parents[(nodes["basis"] == basis).to_numpy() & (parents >= 0)]
        nodes[name] = np.bincount(counted, minlength=count)
    whole = summarise_trees(parents[None, :])
    nodes["mixed_breadth"] = [int(whole.breadth[0]), *[None] * (count - 1)]
    nodes["mixed_virality"] = [float(whole.virality[0]), *[np.nan] * (count - 1)]


def _stars(nodes: pd.DataFrame, parents: Places) -> Iterator[tuple[int, Places]]:
    """(a tweet, its retweets by time) of every tweet that was retweeted."""
    retweets = np.flatnonzero((nodes["basis"] == RETWEET).to_numpy() & (parents >= 0))
    for place in np.unique(parents[retweets]):
        children = retweets[parents[retweets] == place]
        yield int(place), children[np.argsort(nodes["seconds"].to_numpy()[children], kind="stable")]


def _describe_star(nodes: pd.DataFrame, place: int, children: Places) -> None:
    """Public count, coverage and speed of a tweet's retweets, and its expected tree or why there is none."""
    members = np.concatenate([[place], children])
    counts = nodes["retweet_count"].to_numpy()[members]
    public = max(float(np.nanmax(counts)) if np.isfinite(counts).any() else 0.0, float(len(children)))
    coverage = len(children) / public
    waited = np.maximum(nodes["seconds"].to_numpy()[members] - nodes["seconds"].iloc[place], 0.0)
    reason = FEW if len(children) < MIN_TIMED else LOW_COVERAGE if coverage < MIN_COVERAGE else None
    if reason is None and np.isnan(nodes["followers_count"].iloc[place]):
        reason = UNKNOWN_ROOT  # it would count as nobody's source
    figures = {
        "retweet_count": public,
        "coverage": coverage,
        "half_seconds": float(np.sort(waited[1:])[(len(children) - 1) // 2]),
        "first_hour_share": float(np.mean(waited[1:] <= HOUR)),
        "suppressed_because": reason,
    }
    if reason is None:
        followers = np.nan_to_num(nodes["followers_count"].to_numpy()[members].astype(float), nan=0.0)
        figures |= _estimate(nodes, members, waited, np.maximum(followers, 0.0))
    for name, value in figures.items():
        if name not in nodes:
            nodes[name] = None if isinstance(value, str) or value is None else np.nan
        nodes.loc[place, name] = value


def _estimate(nodes: pd.DataFrame, members: Places, waited: Numbers, followers: Numbers) -> dict[str, float]:
    """Write the estimates of the retweets into `nodes`; returns those of the whole tree."""
    trees = expect_trees(waited, followers)
    parents, sure = likely_parents(waited, followers, GAMMAS[1])
    ids = nodes["tweet_id"].to_numpy()[members]
    columns: dict[str, Any] = {
        "likely_parent_id": [ids[parent] for parent in parents[1:]],
        "parent_probability": [*sure[1:]],
    }
    for name, values in (("depth", [one.depth for one in trees]), ("credit", [one.credit for one in trees])):
        below = np.array(values)[:, 1:]
        ends = zip(ranged(name), (below.min(axis=0), below[1], below.max(axis=0)), strict=True)
        columns |= {column: [*value] for column, value in ends}
    for column, several in columns.items():
        if column not in nodes:
            nodes[column] = None if column == "likely_parent_id" else np.nan
        nodes.loc[nodes.index[members[1:]], column] = several
    return _summarise([float(one.depth[1:].mean()) for one in trees], waited, followers)


def _summarise(mean_depths: list[float], waited: Numbers, followers: Numbers) -> dict[str, float]:
    """The mean depth at each gamma, and percentiles of figures of whole trees over the draws of all gammas."""
    ends = (min(mean_depths), mean_depths[1], max(mean_depths))
    figures = dict(zip(ranged("mean_depth"), ends, strict=True))
    drawn = summarise_trees(np.concatenate([draw_parents(waited, followers, gamma) for gamma in GAMMAS]))
    for name, values in (("max_depth", drawn.depth), ("breadth", drawn.breadth), ("virality", drawn.virality)):
        figures |= {column: float(end) for column, end in zip(ranged(name), np.percentile(values, ENDS), strict=True)}
    return figures
