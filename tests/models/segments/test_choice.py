"""How many segments: blobs are counted, a cloud has none, limits are respected, a refit stays loyal."""

import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from models.segments.choice import Candidate, Choice, choose_among, choose_segments
from runtime.resources import PROJECT
from tests.models.segments.points import blobs, cloud


@pytest.fixture(scope="module")
def of_blobs() -> Choice:
    return choose_segments(blobs()[0], range(2, 6), seed=42)


def candidate(k: int, **figures: float) -> Candidate:
    plain = asdict(Candidate(k, 0.3, 100.0, 1.0, 0.01, 50.0, 0.5, 0.9, 0.2, 0.5, 0.5, 0.01))
    return Candidate(**plain | figures)


def test_the_number_of_blobs_is_what_all_criteria_agree_on(of_blobs: Choice) -> None:
    assert of_blobs.ranked[0] == 3
    chosen = of_blobs.chosen
    assert chosen is not None
    assert chosen.stability > 0.95
    assert chosen.silhouette == max(one.silhouette for one in of_blobs.candidates)
    assert chosen.knee == max(one.knee for one in of_blobs.candidates)
    assert (chosen.smallest_share, chosen.largest_share) == pytest.approx((1 / 6, 1 / 2), abs=0.01)


def test_the_same_points_give_the_same_choice(of_blobs: Choice) -> None:
    assert choose_segments(blobs()[0], range(2, 6), seed=42) == of_blobs


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (3.0, 1.0, 1.0)])
def test_one_cloud_has_no_segments_and_the_reason_is_said(stretch: tuple[float, ...]) -> None:
    found = choose_segments(cloud(stretch=stretch), range(2, 6), seed=42)
    assert (found.ranked, found.chosen) == ((), None)
    assert found.reason is not None
    assert found.reason.startswith(("no number of segments is stable", "one group explains"))


def test_authors_that_are_all_alike_have_no_segments() -> None:
    found = choose_segments(np.ones((50, 3)), range(2, 6), seed=42)
    assert (found.ranked, found.reason) == ((), "all authors are alike")


def test_authors_of_fewer_kinds_than_the_least_number_of_segments_have_none() -> None:
    found = choose_segments(np.repeat(np.eye(3), 40, axis=0), range(4, 6), seed=42)
    assert (found.ranked, found.reason) == ((), "there are only 3 kinds of authors")


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("authors", [1, 2, 3, 5])
def test_a_handful_of_authors_is_judged_without_an_error(authors: int) -> None:
    found = choose_segments(cloud(authors), range(2, 6), seed=42, smallest_share=100 / authors)
    assert found.ranked == ()
    assert all(np.isfinite(list(asdict(one).values())).all() for one in found.candidates)


def test_more_segments_are_not_tried_than_there_are_different_points() -> None:
    points = np.repeat(np.eye(3), 40, axis=0)
    assert [one.k for one in choose_segments(points, range(2, 13), seed=42).candidates] == [2, 3]


def test_progress_is_reported_after_each_number() -> None:
    reports: list[int] = []
    choose_segments(blobs((40, 30, 20))[0], range(2, 5), seed=42, report=lambda: reports.append(1))
    assert len(reports) == 3


THREADS_OF_A_FIRST_FIT = """
import numpy, threadpoolctl
from models.segments.choice import choose_segments
threads = set()
seen = lambda: threads.update(each["num_threads"] for each in threadpoolctl.threadpool_info())
choose_segments(numpy.random.default_rng(1).normal(size=(20, 2)), [2], 42, report=seen)
print(threads)
"""


def test_the_first_fit_of_a_process_uses_one_thread_too() -> None:
    fit = subprocess.run(
        [sys.executable, "-c", THREADS_OF_A_FIRST_FIT], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    assert fit.stdout == "{1}\n"


def test_the_smallest_number_within_one_standard_error_of_the_best_is_chosen() -> None:
    several = (
        candidate(2, agreement=0.5),
        candidate(3, agreement=0.9),
        candidate(4, agreement=0.92, agreement_error=0.05),
    )
    assert choose_among(several, 0.01, None, 0.0).ranked == (3, 4, 2)
    sure = (*several[:2], candidate(4, agreement=0.92, agreement_error=0.01))
    assert choose_among(sure, 0.01, None, 0.0).ranked[0] == 4


def test_a_refit_keeps_its_number_while_no_other_is_clearly_better() -> None:
    several = (candidate(3, agreement=0.9), candidate(4, agreement=0.82), candidate(5, agreement=0.7))
    assert choose_among(several, 0.01, 4, 0.0).ranked[0] == 4
    assert choose_among(several, 0.01, 5, 0.0).ranked[0] == 3


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({"stability": 0.79}, "no number of segments is stable: the best, k = 3, has a stability of 0.79"),
        ({"smallest_share": 0.04}, "every stable split has a segment of fewer than 5.0% or more than 70%"),
        ({"largest_share": 0.71}, "every stable split has a segment of fewer than 5.0% or more than 70%"),
        ({"gap": 0.4}, "one group explains the authors as well as 3"),
    ],
)
def test_a_number_that_breaks_a_limit_is_not_chosen(figures: dict[str, float], reason: str) -> None:
    assert choose_among((candidate(3),), 0.05, None, 0.5).ranked == (3,)
    found = choose_among((candidate(3, **figures),), 0.05, None, 0.5)
    assert found.ranked == ()
    assert found.reason is not None
    assert found.reason.startswith(reason)
