"""The composite score: standardised, shrunk by evidence, ranked with an interval, and fitted to what followed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.influence.composite import (
    EQUAL,
    FEATURES,
    RANKED,
    SHRINKS,
    fit_composite,
    h_indices,
    prepare,
    rank_authors,
)


def authors(count: int = 40, seed: int = 2) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    figures = {name: chance.lognormal(1, 1, count) for name in FEATURES}
    posts = [
        [{"engagement_count": int(n), "retweet_count": int(n) // 2} for n in chance.poisson(9, 5)] for _ in range(count)
    ]
    keys = [f"a{number:02}" for number in range(count)]
    return pd.DataFrame({"brand": "acme", "author_key": keys, "post_count": 5, **figures, "posts": posts})


def test_figures_are_standardised_and_what_is_unknown_or_constant_moves_nobody() -> None:
    rows = authors()
    rows.loc[0, "pagerank"] = None
    rows["audience_uniqueness"] = 0.5
    found = prepare(rows)
    varying = [place for place, name in enumerate(FEATURES) if name != "audience_uniqueness"]
    assert np.allclose(found[:, varying].mean(axis=0), 0)
    assert np.allclose(found[:, varying].std(axis=0), 1)
    assert found[0, FEATURES.index("pagerank")] == found[:, FEATURES.index("pagerank")].min()
    assert not found[:, FEATURES.index("audience_uniqueness")].any()


def test_little_evidence_pulls_a_score_to_the_mean() -> None:
    prepared = np.full((3, len(FEATURES)), 2.0)
    few, several, many = EQUAL.score(prepared, np.array([1.0, 9.0, 9999.0]))
    assert 0 < few < several < many <= 2.0
    assert few == pytest.approx(2.0 / 4)


def test_ranks_begin_at_one_and_lie_in_their_intervals() -> None:
    rows = authors()
    found = rank_authors(rows, EQUAL)
    assert [*found.columns] == [*RANKED]
    assert sorted(found["rank"]) == [*range(1, 41)]
    assert (found["rank_low"] <= found["rank"]).all()
    assert (found["rank"] <= found["rank_high"]).all()
    assert (found["rank_low"] < found["rank_high"]).any()
    assert found.sort_values("rank")["score"].is_monotonic_decreasing
    shuffled = rank_authors(rows.sample(frac=1, random_state=3), EQUAL)
    assert shuffled.equals(found)


def test_an_author_ahead_in_every_figure_is_first_whatever_is_resampled() -> None:
    rows = authors()
    rows.loc[7, [*FEATURES]] = 1e6
    found: Any = rank_authors(rows, EQUAL).set_index("author_key")
    assert found.loc["a07", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert rank_authors(rows.head(1), EQUAL)["rank"].tolist() == [1]


def test_h_indices_count_resampled_tweets_as_often_as_they_were_drawn() -> None:
    counts = np.array([[9.0, 3.0, 1.0], [5.0, 0.0, 0.0]])
    assert h_indices(counts, np.ones((2, 3))).tolist() == [2.0, 1.0]
    assert h_indices(counts, np.array([[1.0, 3.0, 0.0], [3.0, 0.0, 0.0]])).tolist() == [3.0, 3.0]


def test_a_fit_finds_the_figure_that_predicts() -> None:
    rows = authors(400)
    prepared = prepare(rows)
    later = np.expm1(4 + prepared[:, FEATURES.index("h_index")])
    fitted = fit_composite(prepared, np.full(400, 1000.0), later)
    found = fitted.weights
    assert fitted.shrink_posts in SHRINKS
    assert max(found, key=lambda name: found[name]) == "h_index"
    assert found["h_index"] > 0.8
    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) >= 0
