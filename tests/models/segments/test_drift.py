"""PSI of a feature against the fit before."""

import numpy as np
import pytest

from models.segments.criteria import Points
from models.segments.drift import DECILES, Spread, measure_spread, stability_index

DRAWN = np.random.default_rng(5).normal(size=4000)


def test_a_spread_has_tenths_between_deciles() -> None:
    spread = measure_spread(DRAWN)
    assert len(spread.edges) == 9
    assert spread.shares == pytest.approx([0.1] * 10, abs=0.001)


def test_what_did_not_move_has_no_drift_and_what_moved_has_more_the_further() -> None:
    before = measure_spread(DRAWN)
    small, large = (stability_index(before, DRAWN + shift) for shift in (0.3, 1.0))
    assert stability_index(before, DRAWN) == 0.0
    assert stability_index(before, np.random.default_rng(6).normal(size=4000)) < 0.02
    assert 0.05 < small < 0.2 < large


def test_a_feature_in_which_all_are_alike_is_measured_too() -> None:
    before = measure_spread(np.zeros(100))
    assert stability_index(before, np.zeros(100)) == 0.0
    assert stability_index(before, np.ones(100)) > 1.0


def test_counts_that_were_scaled_otherwise_at_the_fit_before_have_not_moved() -> None:
    rng = np.random.default_rng(7)
    for parameter in (0.2, 0.4, 0.6):
        then, now = (_scaled_and_back(np.log1p(rng.geometric(parameter, 20_000))) for _ in range(2))
        assert stability_index(measure_spread(then), now) < 0.01
        stored = Spread(tuple(np.unique(np.quantile(then, DECILES))), measure_spread(then).shares)
        assert stability_index(stored, now) < 0.01, "edges that an older version stored"


def _scaled_and_back(values: Points) -> Points:
    back: Points = (values - values.mean()) / values.std() * values.std() + values.mean()
    return back
