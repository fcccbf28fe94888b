"""The criteria for a number of segments, on points whose answer is known."""

import numpy as np
import pytest

from models.segments.criteria import counted_together, knee_heights, nearest, rand_index, reference_points, within
from tests.models.segments.points import CENTRES, blobs, cloud


def test_the_elbow_is_the_point_furthest_below_the_chord() -> None:
    heights = knee_heights([100.0, 60.0, 20.0, 15.0, 10.0, 5.0])
    assert int(np.argmax(heights)) == 2
    assert heights[0] == pytest.approx(0.0)
    assert heights[-1] == pytest.approx(0.0)


@pytest.mark.parametrize("costs", [[5.0, 5.0, 5.0], [9.0, 3.0], [1.0]])
def test_a_flat_or_short_curve_has_no_elbow(costs: list[float]) -> None:
    assert knee_heights(costs) == [0.0] * len(costs)


def test_the_rand_index_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    assert rand_index(counted_together(one, other)) == pytest.approx(adjusted_rand_score(one, other))


def test_the_rand_index_of_equal_splits_is_one_whatever_their_numbers() -> None:
    _, labels = blobs()
    assert rand_index(counted_together(labels, 9 - labels)) == 1.0
    assert rand_index([[5]]) == 1.0


def test_the_cost_within_blobs_is_that_of_their_spread() -> None:
    points, labels = blobs(spread=0.5)
    assert within(points, labels) == pytest.approx(600 * 3 * 0.25, rel=0.1)
    assert (nearest(points, CENTRES) == labels).mean() > 0.99


def test_the_reference_fills_the_box_of_the_points() -> None:
    points = cloud(stretch=(5.0, 1.0, 1.0))
    drawn = reference_points(points, np.random.default_rng(1))
    assert drawn.shape == points.shape
    assert drawn.std(axis=0)[0] > 3 * drawn.std(axis=0)[1]
    assert np.abs(drawn).max() < 1.5 * np.abs(points).max()
