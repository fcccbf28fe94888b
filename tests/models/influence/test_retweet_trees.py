"""Expected retweet trees: closed forms, invariants, and plain simulation."""

import numpy as np
import pytest

from models.influence import retweet_trees
from models.influence.retweet_trees import (
    GAMMAS,
    Expected,
    draw_parents,
    expect_trees,
    likely_parents,
    parent_probabilities,
    summarise_trees,
)


def a_cascade(size: int = 60, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    seconds = np.concatenate([[0.0], np.sort(chance.exponential(2000, size - 1))])
    return seconds, chance.lognormal(5, 2, size).round()


def expect_tree(seconds: np.ndarray, followers: np.ndarray, gamma: float) -> Expected:
    return expect_trees(seconds, followers, [gamma])[0]


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("block", [7, 512])
def test_expectations_keep_the_invariants_of_a_tree(gamma: float, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retweet_trees, "BLOCK", block)
    seconds, followers = a_cascade()
    found = expect_tree(seconds, followers, gamma)
    assert np.allclose(parent_probabilities(seconds, followers, gamma, 1, 60).sum(axis=1), 1.0)
    assert found.depth[:2].tolist() == [0.0, 1.0]
    assert found.credit[0] == pytest.approx(59)
    assert found.credit.sum() == pytest.approx(found.depth.sum())


def test_equal_followers_alone_make_a_random_recursive_tree() -> None:
    """Its expected depths are the harmonic numbers."""
    found = expect_tree(np.arange(200.0), np.full(200, 8.0), gamma=1.0)
    assert np.allclose(found.depth, [0.0, *np.cumsum(1 / np.arange(1, 200)).tolist()])


def test_a_root_with_all_followers_makes_a_star_and_ever_shorter_waits_a_chain() -> None:
    star = expect_tree(np.arange(50.0), np.concatenate([[1.0], np.zeros(49)]), gamma=1.0)
    assert star.depth.tolist() == [0.0] + [1.0] * 49
    chain = expect_tree(np.cumsum([0.0, 1e12, 1e8, 1e4, 0.0]), np.zeros(5), gamma=0.5)
    assert np.allclose(chain.depth, np.arange(5.0), atol=1e-6)
    assert np.allclose(chain.credit, np.arange(4.0, -1, -1), atol=1e-6)


def test_without_followers_and_at_the_same_second_every_earlier_one_is_as_likely() -> None:
    p = parent_probabilities(np.zeros(4), np.zeros(4), 0.5, 0, 4)
    rows = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0]])
    assert np.allclose(p, rows)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_exact_pass_agrees_with_plain_simulation(gamma: float) -> None:
    seconds, followers = a_cascade()
    chance, draws = np.random.default_rng(5), 4000
    depths, below = np.zeros((draws, 60)), np.zeros((draws, 60))
    p = parent_probabilities(seconds, followers, gamma, 0, 60)
    for draw in range(draws):
        parent = [-1, *(chance.choice(place, p=p[place, :place]) for place in range(1, 60))]
        for place in range(1, 60):
            depths[draw, place] = depths[draw, parent[place]] + 1
            above = parent[place]
            while above >= 0:
                below[draw, above] += 1
                above = parent[above]
    found = expect_tree(seconds, followers, gamma)
    for exact, simulated in ((found.depth, depths), (found.credit, below)):
        error = simulated.std(axis=0) / np.sqrt(draws)
        assert np.all(np.abs(exact - simulated.mean(axis=0)) <= 5 * error + 1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, followers = a_cascade(100)
    whole, drawn = expect_tree(seconds, followers, 0.5), draw_parents(seconds, followers, 0.5, draws=3)
    monkeypatch.setattr(retweet_trees, "BLOCK", 9)
    parts = expect_tree(seconds, followers, 0.5)
    assert np.allclose(whole.depth, parts.depth)
    assert np.allclose(whole.credit, parts.credit)
    assert (drawn == draw_parents(seconds, followers, 0.5, draws=3)).all()


def test_drawn_trees_have_the_expected_depth() -> None:
    seconds, followers = a_cascade()
    trees = draw_parents(seconds, followers, 0.25, draws=3000)
    depth = np.zeros(trees.shape)
    for place in range(1, 60):
        depth[:, place] = depth[np.arange(3000), trees[:, place]] + 1
    exact = expect_tree(seconds, followers, 0.25).depth
    assert np.all(np.abs(depth.mean(axis=0) - exact) <= 5 * depth.std(axis=0) / np.sqrt(3000) + 1e-9)


def test_figures_of_a_star_and_of_a_chain() -> None:
    found = summarise_trees(np.array([[-1, 0, 0, 0, 0], [-1, 0, 1, 2, 3]]))
    assert found.depth.tolist() == [1, 4]
    assert found.breadth.tolist() == [4, 1]
    assert found.virality.tolist() == [pytest.approx(1.6), pytest.approx(2.0)]
    alone = summarise_trees(np.array([[-1]]))
    assert (alone.depth[0], alone.breadth[0], alone.virality[0]) == (0, 0, 0.0)


def test_the_likely_parent_is_the_most_probable_one() -> None:
    parents, sure = likely_parents(np.array([0.0, 10.0, 11.0]), np.array([1000.0, 0.0, 0.0]), 0.75)
    assert parents.tolist() == [-1, 0, 0]
    assert sure[0] == 1.0
    assert sure[1] == pytest.approx(1.0)
    assert 0.75 < sure[2] < 0.76


def test_unsorted_times_are_rejected() -> None:
    with pytest.raises(ValueError, match="sorted"):
        expect_tree(np.array([0.0, 5.0, 3.0]), np.ones(3), 0.5)
