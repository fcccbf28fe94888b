"""The pipeline from profile to segment: the same for any order, complete in itself."""

from dataclasses import replace

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.segments.features import NAMES
from models.segments.fit import Fit, Rules, fit_segments
from models.segments.segmenter import (
    Segmentation,
    assign_segments,
    fit_preparation,
    restore_segmentation,
)
from tests.models.segments.profiles import crowd, profiles

RULES = Rules(range(2, 5), seed=42, smallest=5)


@pytest.fixture(scope="module")
def authors(spark: SparkSession) -> DataFrame:
    return profiles(spark, crowd((120, 90, 60))).persist()


@pytest.fixture(scope="module")
def fitted(authors: DataFrame) -> Fit:
    return fit_segments(authors, RULES)


@pytest.fixture(scope="module")
def segmentation(fitted: Fit) -> Segmentation:
    assert fitted.segmentation is not None
    return fitted.segmentation


def kinds_of(found: DataFrame) -> dict[str, set[str]]:
    """Segment -> the kinds of its members."""
    kinds: dict[str, set[str]] = {}
    for row in found.select("segment_id", "author_key").collect():
        kinds.setdefault(row["segment_id"], set()).add(row["author_key"].split("-")[0])
    return kinds


def test_each_kind_of_author_is_a_segment_and_the_largest_is_the_first(
    fitted: Fit, segmentation: Segmentation, authors: DataFrame
) -> None:
    assert kinds_of(assign_segments(segmentation, authors)) == {"s01": {"kind0"}, "s02": {"kind1"}, "s03": {"kind2"}}
    assert (fitted.authors, fitted.choice.ranked[0]) == (270, 3)
    assert len(fitted.labels) == len(fitted.points) == 270
    assert [event.event for event in fitted.moved.events] == ["born"] * 3


def test_the_same_profiles_in_another_order_and_layout_give_the_same_segments(
    segmentation: Segmentation, authors: DataFrame
) -> None:
    again = fit_segments(authors.repartition(5, F.rand(3)).orderBy(F.rand(4)), RULES).segmentation
    assert again is not None
    assert again.version == segmentation.version
    assert again.centroids == segmentation.centroids


def test_a_centroid_says_how_far_its_segment_lies_from_the_mean(segmentation: Segmentation) -> None:
    quiet, loud, sharing = segmentation.centroids
    assert loud.z["followers_count"] > 1 > quiet.z["followers_count"]
    assert sharing.z["retweet_share"] > 1
    assert quiet.z["night_share"] == 0.0, "nobody's is known"
    assert quiet.prepared["followers_count"] < loud.prepared["followers_count"]


def test_new_authors_join_the_segment_that_they_are_like(segmentation: Segmentation, spark: SparkSession) -> None:
    found = assign_segments(segmentation, profiles(spark, crowd((9, 9, 9), seed=8, prefix="new-")))
    assert {row["author_key"][4:9]: row["segment_id"] for row in found.collect()} == {
        "kind0": "s01",
        "kind1": "s02",
        "kind2": "s03",
    }
    assert found.where("distance_score > 3 OR distance_score IS NULL").count() == 0
    assert set(found.columns) == {*profiles(spark, []).columns, "segment_id", "distance_score"}


def test_a_stored_model_with_stored_centroids_is_the_same_segmentation(segmentation: Segmentation) -> None:
    restored = restore_segmentation(
        segmentation.model, {one.segment_id: one.prepared for one in segmentation.centroids}
    )
    assert restored.version == segmentation.version
    for one, other in zip(restored.centroids, segmentation.centroids, strict=True):
        assert one.segment_id == other.segment_id
        assert one.z == pytest.approx(other.z, abs=1e-6)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_handful_of_authors_has_no_segments(spark: SparkSession, count: int) -> None:
    assert fit_segments(profiles(spark, crowd((count,))), replace(RULES, smallest=100)).segmentation is None


def test_a_sample_chooses_for_everybody(authors: DataFrame) -> None:
    prepared = fit_preparation(authors, sample_authors=50)
    assert prepared.points.shape == (50, len(NAMES))
    assert len(set(prepared.keys)) == 50
    assert prepared.rows.count() == 270
