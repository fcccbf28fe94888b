"""Measures of a ranking against what followed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.influence.author_factors import FACTORS
from models.influence.backtest import compare, intervals, measure
from models.influence.composite import FEATURES
from models.influence.weights import MIN_AUTHORS, run_backtest

LATER = np.arange(100.0)


def test_a_perfect_ranking_has_every_measure_at_one_and_the_opposite_none() -> None:
    assert measure(LATER, LATER) == dict.fromkeys(measure(LATER, LATER), pytest.approx(1.0))
    reverse = measure(-LATER, LATER)
    assert [reverse["precision_at_10"], reverse["spearman"]] == pytest.approx([0.0, -1.0])
    assert reverse["ndcg_at_50"] < 0.9


def test_precision_counts_the_shared_ones() -> None:
    scores = LATER.copy()
    scores[95:] = -1
    assert measure(scores, LATER)["precision_at_10"] == 0.5
    assert measure(LATER[:4], LATER[:4])["precision_at_10"] == 1.0


def test_a_constant_ranking_or_an_empty_week_correlates_with_nothing() -> None:
    assert measure(np.ones(9), LATER[:9])["spearman"] == 0.0
    assert measure(LATER[:9], np.zeros(9))["ndcg_at_50"] == 0.0


def test_a_better_ranking_is_proven_and_an_equal_one_is_not() -> None:
    chance = np.random.default_rng(3)
    near, far = LATER + chance.normal(0, 5, 100), LATER + chance.normal(0, 500, 100)
    gains = {each.measure: each for each in compare(near, {"far": far}, LATER, draws=200)["far"]}
    assert gains["spearman"].is_proven
    assert gains["spearman"].low < gains["spearman"].difference < gains["spearman"].high
    assert not any(each.is_proven for each in compare(near, {"same": near}, LATER, draws=50)["same"])
    low, high = intervals(near, LATER, draws=200)["spearman"]
    assert low < measure(near, LATER)["spearman"] < high


def test_a_back_test_fits_and_measures_on_authors_that_the_fit_did_not_see() -> None:
    chance = np.random.default_rng(4)
    rows: dict[str, Any] = {name: chance.lognormal(1, 1, 200) for name in (*FEATURES, *FACTORS)}
    frame = pd.DataFrame(rows | {"brand": ["a", "b"] * 100, "author_key": [*map(str, range(200))], "post_count": 9})
    frame["later"] = np.round(10 * frame["h_index"])
    found = run_backtest(frame, draws=100)
    assert found is not None
    weights = found.composite.weights
    assert max(weights, key=lambda name: weights[name]) == "h_index"
    assert found.measures["composite"]["spearman"] > 0.8
    assert {name for name, gains in found.gains.items() if all(each.is_proven for each in gains)} == {
        "followers",
        "retweets",
        "sum_of_factors",
    }
    assert run_backtest(frame.head(MIN_AUTHORS - 1)) is None
