"""A brand's day in the report: shown with enough authors, rounded, and with a note about hidden days."""

from datetime import date
from io import StringIO
from pathlib import Path

from pyspark.sql import SparkSession
from rich.console import Console

from pipelines.operations.report_insights import count_days, show_days
from pipelines.sinks.charts import draw_sentiment
from tests.builders import a_tweet, tweets

FIRST, SECOND = date(2026, 5, 4), date(2026, 5, 5)
POINT = {"acme": [(FIRST, 0, 0, 105)]}


def test_a_day_of_few_authors_is_hidden_and_counted_and_the_counts_of_the_others_are_rounded(
    spark: SparkSession,
) -> None:
    positive, negative = {"label": "positive"}, {"label": "negative"}
    many = [a_tweet(author_key=f"k{number}", created_on=FIRST, sentiment=positive) for number in range(103)]
    few = [a_tweet(author_key=f"k{number % 99}", created_on=SECOND, sentiment=positive) for number in range(200)]
    one = a_tweet(author_key="k0", created_on=FIRST, sentiment=negative)
    days, hidden = count_days(tweets(spark, *many, *few, one, a_tweet(sentiment=negative, brands=["globex"])))
    assert (days, hidden) == (POINT, 2)


def test_the_screen_and_the_picture_say_what_is_hidden(tmp_path: Path) -> None:
    out = StringIO()
    show_days({}, "2 days are hidden", Console(file=out))
    assert out.getvalue().splitlines() == ["No day can be shown.", "2 days are hidden."]
    sizes = [
        draw_sentiment(days, note, tmp_path / "days.png").stat().st_size
        for days, note in (({}, ""), ({}, "2 days are hidden"), (POINT, ""), (POINT, "2 days are hidden"))
    ]
    assert sizes[0] < sizes[1] < sizes[2] < sizes[3]
