"""The figures computed in memory are the served ones."""

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks.reidentification.departures import build_cells, check_cells
from benchmarks.reidentification.trials import FIGURES
from models.segments.figures import read_figures
from models.segments.names import SegmentSummary
from models.segments.rows import segment_rows
from tests.models.segments.profiles import crowd, profiles

SHARES = ("subjectivity_mean", "reply_share", "quote_share", "retweet_share", "complaint_share", "night_share")


def test_figures_in_memory_are_those_that_are_served(spark: SparkSession) -> None:
    rows = [row | dict.fromkeys(SHARES, number % 9 / 10) for number, row in enumerate(crowd((150, 120, 110)))]
    rows[0] |= {"tweet_count": 90_000, "followers_count": None}
    answered = F.col("tweet_count") / 7
    members = profiles(spark, rows).withColumns(
        {"segment_id": F.substring("author_key", 1, 5), "engagement_per_tweet": answered}
    )
    figures, everyone = read_figures(members)
    summaries = [SegmentSummary(one, {}, figures[one], everyone) for one in sorted(figures)]
    served = list(segment_rows(summaries, {}, {}, {"silhouette_score": None, "model_version": None}))
    told = build_cells(members.select("segment_id", *FIGURES).toPandas(), is_protected=True)
    assert told == [{name: one[name] for name in told[0]} for one in served]


def test_figures_that_are_not_those_that_are_served_are_an_error() -> None:
    columns = {name: [0.5] * 150 for name in FIGURES}
    (cell,) = build_cells(pd.DataFrame({"segment_id": ["s01"] * 150} | columns), is_protected=True)
    check_cells([cell], [cell | {"sentiment_mean": 0.505}])
    with pytest.raises(AssertionError, match=r"s01 sentiment_mean: 0\.5 in memory, 0\.6 served"):
        check_cells([cell], [cell | {"sentiment_mean": 0.6}])
