"""The report: a day is shown with enough authors, rounded, with a note about hidden days; one brand's segments."""

from datetime import date
from io import StringIO
from pathlib import Path

from pyspark.sql import SparkSession
from rich.console import Console

from pipelines.operations.report_insights import SCREEN_DAYS, count_days, show_days, show_segments
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


def test_the_screen_shows_the_last_days() -> None:
    out = StringIO()
    days = [(date(2026, 5, number), 0, 0, 100) for number in range(1, SCREEN_DAYS + 3)]
    show_days({"acme": days}, "", Console(file=out))
    assert [day.isoformat() in out.getvalue() for day, *_ in days] == [False, False, *[True] * SCREEN_DAYS]


def a_segment(brand: str, authors: int, **others: object) -> dict[str, object]:
    return {"brand": brand, "name": f"Authors of {brand}", "author_count": authors, "sentiment_mean": 0.5} | others


def test_the_screen_shows_the_segments_of_the_brand_with_the_most_authors_and_names_the_others() -> None:
    out = StringIO()
    advice = "Win back these authors: they are 44% of the brand's authors."
    rows = [
        a_segment("initech", 300, recommendation=None),
        a_segment("acme", 1200, recommendation=advice, sentiment_mean=None),
        a_segment("globex", 700, recommendation=None),
        a_segment("globex", 450, recommendation=None),
    ]
    show_segments(rows, Console(file=out, width=100))
    shown = out.getvalue()
    assert shown.startswith("Segments of acme")
    assert all(text in shown for text in ("Authors of acme", "1,200", "unknown", "Win back these authors "))
    assert "44%" not in shown
    assert shown.splitlines()[-1] == "gold.segments also has the segments of globex, initech."


def test_no_segments_are_explained() -> None:
    out = StringIO()
    show_segments([], Console(file=out))
    assert out.getvalue() == "No segments: too few authors, or none that differ.\n"
