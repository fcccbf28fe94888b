"""The texts of a segment: figures in plain units, a persona, a recommendation and a change summary."""

from datetime import date
from typing import Any

from models.segments.descriptions import (
    build_change_summary,
    build_description,
    build_persona,
    build_recommendation,
    favourable_voice_share,
    reach_share,
)
from models.segments.figures import DAYPARTS
from models.segments.names import build_names
from tests.models.segments.summaries import a_summary

WEEK_AGO = {"measured_on": date(2026, 4, 27), "author_count": 900, "sentiment_mean": 0.4, "complaint_share": 0.3}


def test_a_description_gives_the_figures_against_everyone() -> None:
    summary = a_summary(
        z={"followers_count": 2.0, "reply_share": -1.0, "night_share": 0.1, "recency_days": 1.5},
        followers_count_median=5300.0,
        reply_share=0.1,
        categories={"delay": 150, "billing": 20},
    )
    assert build_description(summary, *build_names([summary])) == (
        "The segment has 1,000 authors, 25% of the brand's authors. "
        "What sets them apart: median followers 5,300 (all authors: 120); reply share 10% (all authors: 30%). "
        "Complaint share 30% (all authors: 30%). Their complaints are more often about delays."
    )


def test_an_average_segment_is_told_as_one() -> None:
    average = a_summary(complaint_share=None, categories={})
    assert build_description(average, *build_names([average])) == (
        "The segment has 1,000 authors, 25% of the brand's authors. Their figures are close to those of all authors."
    )


def test_a_typical_member_is_made_of_coarse_medians_of_at_least_a_hundred() -> None:
    assert build_persona(a_summary(peak_night=0.6, complaint_share=0.76, reply_share=0.1)) == (
        "Invented from medians: about 100 followers, follows 90, account of 4 years, 4 tweets about the brand, mostly "
        "at night, 3 in 10 are retweets, 8 in 10 are complaints."
    )
    assert build_persona(a_summary(author_count=99)) is None


def test_a_figure_that_is_not_told_is_left_out_of_the_typical_member_and_of_value() -> None:
    names = ("followers_count_median", "account_age_days_median", "reach", *(f"peak_{part}" for part in DAYPARTS))
    hidden: dict[str, Any] = dict.fromkeys(names)
    few = a_summary(**hidden, sentiment_mean=0.8)
    assert build_persona(few) == (
        "Invented from medians: follows 90, 4 tweets about the brand, 3 in 10 are replies, 3 in 10 are retweets, "
        "3 in 10 are complaints."
    )
    assert (reach_share(few), favourable_voice_share(few)) == (None, 0.2)
    assert build_recommendation(few).startswith(
        "Amplify: 25% of the authors, reach unknown; 20% of all voice is favourable here"
    )


def test_value_is_the_share_of_favourable_voice() -> None:
    glad, cross = a_summary(sentiment_mean=0.8, reach=10_000), a_summary(sentiment_mean=0.2, reach=2_000)
    assert favourable_voice_share(glad) == 0.2
    assert build_recommendation(glad) == (
        "Amplify: 25% of the authors, 25% of the reach; 20% of all voice is favourable here, 5% at risk."
    )
    assert build_recommendation(cross).startswith("Win back: 25% of the authors, 5% of the reach")
    assert build_recommendation(a_summary(sentiment_mean=0.5)).startswith("Inform")


def test_where_no_sentiment_is_known_value_is_size_alone() -> None:
    unknown = a_summary(sentiment_mean=None)
    assert favourable_voice_share(unknown) is None
    assert build_recommendation(unknown) == "25% of the authors, 10% of the reach; no sentiment known."


def test_what_changed_is_told_against_a_week_ago() -> None:
    now = a_summary(sentiment_mean=0.5, complaint_share=0.302)
    assert build_change_summary(now, WEEK_AGO) == "Since 2026-04-27: +100 authors (now 1,000); sentiment 0.40 -> 0.50."
    assert build_change_summary(now, None) == "No figures of a week ago to compare with."
