"""The texts of a segment: figures in plain units, a persona, a recommendation and a change summary."""

from datetime import date
from typing import Any

import pytest

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
        "Complaint share 30% (all authors: 30%). "
        "Compared with other authors, more of their complaints are about delays."
    )


def test_an_average_segment_is_told_as_one() -> None:
    average = a_summary(complaint_share=None, categories={})
    assert build_description(average, *build_names([average])) == (
        "The segment has 1,000 authors, 25% of the brand's authors. Their figures are close to those of all authors."
    )


def test_a_typical_member_is_made_of_coarse_medians_of_at_least_a_hundred() -> None:
    assert build_persona(a_summary(peak_night=0.6, complaint_share=0.76, reply_share=0.1)) == (
        "Invented from medians: a typical member has about 100 followers, follows about 90 accounts, has had an "
        "account for 4 years, has posted 4 tweets about the brand and tweets mostly at night. "
        "Of ten tweets, 3 are retweets and 8 are complaints."
    )
    assert build_persona(a_summary(author_count=99)) is None


def test_a_figure_that_is_not_told_is_left_out_of_the_typical_member_and_of_value() -> None:
    names = ("followers_count_median", "account_age_days_median", "reach", *(f"peak_{part}" for part in DAYPARTS))
    hidden: dict[str, Any] = dict.fromkeys(names)
    few = a_summary(**hidden, sentiment_mean=0.8)
    assert build_persona(few) == (
        "Invented from medians: a typical member follows about 90 accounts and has posted 4 tweets about the brand. "
        "Of ten tweets, 3 are replies, 3 are retweets and 3 are complaints."
    )
    assert (reach_share(few), favourable_voice_share(few)) == (None, 0.2)
    assert build_recommendation(few).startswith(
        "Amplify these authors: they are 25% of the brand's authors, and their reach is unknown. "
        "Their favourable share of voice is 20%"
    )


def test_value_is_the_share_of_favourable_voice() -> None:
    positive, negative = a_summary(sentiment_mean=0.8, reach=10_000), a_summary(sentiment_mean=0.2, reach=2_000)
    assert favourable_voice_share(positive) == 0.2
    assert build_recommendation(positive) == (
        "Amplify these authors: they are 25% of the brand's authors and have 25% of the reach. "
        "Their favourable share of voice is 20%; another 5% is at risk."
    )
    assert build_recommendation(negative).startswith(
        "Win back these authors: they are 25% of the brand's authors and have 5% of the reach."
    )
    assert build_recommendation(a_summary(sentiment_mean=0.5)).startswith("Inform")


def test_where_no_sentiment_is_known_value_is_size_alone() -> None:
    unknown = a_summary(sentiment_mean=None)
    assert favourable_voice_share(unknown) is None
    assert build_recommendation(unknown) == (
        "They are 25% of the brand's authors and have 10% of the reach. Their sentiment is unknown."
    )


def test_what_changed_is_told_against_a_week_ago() -> None:
    now = a_summary(sentiment_mean=0.5, complaint_share=0.302)
    assert build_change_summary(now, WEEK_AGO) == (
        "Since 2026-04-27, the number of authors rose by 100 to 1,000 and sentiment rose from 0.40 to 0.50."
    )
    assert build_change_summary(now, None) == "There are no figures from a week ago to compare with."


def test_a_change_that_fell_and_one_that_did_not_happen_are_sentences_too() -> None:
    before = WEEK_AGO | {"author_count": 1000, "sentiment_mean": 0.3, "complaint_share": 0.5}
    assert build_change_summary(a_summary(sentiment_mean=0.3), before) == (
        "Since 2026-04-27, the number of authors stayed at 1,000 and the complaint share fell from 50% to 30%."
    )
    fewer = a_summary(author_count=900, sentiment_mean=0.3, complaint_share=0.5)
    assert build_change_summary(fewer, before) == "Since 2026-04-27, the number of authors fell by 100 to 900."


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"followers_count_median": 1.0}, "has about 1 follower,"),
        ({"followers_count_median": 0.0}, "has about 0 followers,"),
        ({"account_age_days_median": 300.0}, "has had an account for about a year or less,"),
        ({"tweet_count_median": 1.0}, "has posted 1 tweet about the brand"),
    ],
)
def test_a_persona_counts_in_plain_english(figures: dict[str, Any], words: str) -> None:
    assert words in (build_persona(a_summary(**figures)) or "")
