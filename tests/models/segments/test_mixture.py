"""The Gaussian mixture beside K-Means: its number by BIC, and when it is clearly better."""

from dataclasses import replace

import pytest

from models.segments.choice import choose_segments
from models.segments.mixture import Mixture, compare_mixture
from tests.models.segments.points import blobs


def test_the_mixture_of_the_lowest_bic_has_as_many_clouds_as_there_are() -> None:
    found = compare_mixture(blobs()[0], range(2, 6), seed=42)
    assert found.k == 3
    assert found.bics[3] == min(found.bics.values())
    assert found.stability > 0.95
    assert found.smallest_share == pytest.approx(1 / 6, abs=0.02)


def test_the_mixture_is_shipped_only_when_it_is_clearly_better_in_both_figures() -> None:
    kmeans = choose_segments(blobs()[0], [3], seed=42).chosen
    assert kmeans is not None
    better = Mixture(3, {3: 1.0}, kmeans.silhouette + 0.06, kmeans.stability + 0.06, 0.1)
    assert better.is_clearly_better(kmeans)
    assert not replace(better, silhouette=kmeans.silhouette + 0.04).is_clearly_better(kmeans)
    assert not replace(better, stability=kmeans.stability).is_clearly_better(kmeans)
    assert not replace(better, smallest_share=0.005).is_clearly_better(kmeans)
