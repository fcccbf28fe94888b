"""The benchmark's counts: upper bounds, unique people, and who leaves."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from benchmarks.reidentification.attacks import Person
from benchmarks.reidentification.trials import Known, read_known, summarise_trials, unique_share, unusual
from tests.builders import NOON
from tests.models.segments.profiles import profiles


@pytest.mark.parametrize(
    ("tried", "linked", "bound"), [(100, 0, 0.0295), (3000, 0, 0.000998), (20, 1, 0.2161), (12, 12, 1.0), (0, 0, 1.0)]
)
def test_the_bound_follows_from_how_often_a_way_was_tried(tried: int, linked: int, bound: float) -> None:
    assert summarise_trials(tried, linked) == {
        "tried": tried,
        "linked": linked,
        "upper_bound": pytest.approx(bound, abs=0.0001),
    }


def test_a_person_is_unique_by_any_column_but_keys_and_runs(spark: SparkSession) -> None:
    columns = "_id string, author_key string, followers_count long, region string, run_id long"
    rows = [("1", "a", 10, "GB", 1), ("2", "b", 10, "GB", 2), ("3", "c", 10, "FR", 3), ("4", "d", None, "FR", 3)]
    assert unique_share(spark.createDataFrame(rows, columns)) == 0.5
    assert unique_share(spark.createDataFrame([], columns)) == 0.0


def test_the_attacker_knows_figures_texts_and_names(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [{"author_key": "ann", "followers_count": 7}, {"author_key": "bob"}]
    known = Known({"ann": [("hello", NOON)]}, {"ann": ("4001", "ann_x")})
    ann, bob = read_known(profiles(spark, rows), known)
    assert (ann.names, ann.figures["followers_count"], ann.texts) == (("ann", "4001", "ann_x"), 7, ("hello",))
    assert (bob.names, bob.texts, bob.moments) == (("bob",), (), ())


def test_the_most_unusual_leave_first_and_nobody_twice() -> None:
    unknown: dict[str, float | None] = dict.fromkeys(("followers_count", "engagement_per_tweet", "tweet_count"))
    figures: tuple[dict[str, float | None], ...] = (
        {"followers_count": 9, "tweet_count": 9},
        {"engagement_per_tweet": 5.0},
        {"tweet_count": 3},
    )
    people = [Person(str(number), (), unknown | one) for number, one in enumerate(figures)]
    assert [one.key for one in unusual(people)] == ["0", "1", "2"]
