"""Names follow from what stands out, by one template."""

from dataclasses import replace
from typing import Any

import pytest

from models.segments.descriptions import build_description, build_recommendation
from models.segments.names import build_names, category_words, over_indexed
from tests.models.segments.summaries import a_summary, figures


def test_a_name_says_when_who_about_what_and_how_large() -> None:
    cross = a_summary(
        z={"followers_count": -0.9, "reply_share": 2.0},
        followers_count_median=40.0,
        reply_share=0.9,
        peak_evening=0.7,
        complaint_share=0.8,
        categories={"delay": 190, "billing": 30},
    )
    assert build_names([cross]) == ["Evening complainers about delay, small audiences"]


def test_who_does_nothing_unusual_is_average() -> None:
    assert build_names([a_summary()]) == ["Average authors"]


@pytest.mark.parametrize(
    ("z", "figures", "name"),
    [
        ({"retweet_share": 0.9, "sentiment_mean": 0.5}, {"retweet_share": 0.5, "sentiment_mean": 0.6}, "Sharers"),
        ({"sentiment_mean": 0.9, "retweet_share": -2.0}, {"sentiment_mean": 0.6, "retweet_share": 0.1}, "Fans"),
        ({"sentiment_mean": -0.9}, {"sentiment_mean": 0.2}, "Critics"),
        (
            {"account_age_days": -2.0, "reply_share": 0.4},
            {"account_age_days_median": 9.0, "reply_share": 0.5},
            "Repliers",
        ),
        ({"account_age_days": -2.0, "reply_share": 0.2}, {"account_age_days_median": 9.0}, "Newer accounts"),
        (
            {"tweet_count": 0.4, "followers_count": 0.5},
            {"tweet_count_median": 9.0, "followers_count_median": 900.0},
            "More active authors, large audiences",
        ),
    ],
)
def test_a_segment_is_called_by_the_most_unusual_thing_that_it_does(
    z: dict[str, float], figures: dict[str, Any], name: str
) -> None:
    assert build_names([a_summary(z=z, **figures)]) == [name]


@pytest.mark.parametrize(
    ("feature", "z", "everyone", "own", "name", "told", "act"),
    [
        ("sentiment_mean", 0.6, 0.20, 0.30, "Average authors", "to 1 0.30 (all authors: 0.20)", "Win back"),
        ("sentiment_mean", -0.6, 0.80, 0.70, "Average authors", "to 1 0.70 (all authors: 0.80)", "Amplify"),
        ("sentiment_mean", 0.6, 0.50, 0.55, "Fans", "to 1 0.55 (all authors: 0.50)", "Amplify"),
        ("sentiment_mean", -0.6, 0.50, 0.45, "Critics", "to 1 0.45 (all authors: 0.50)", "Win back"),
        ("reply_share", 0.4, 0.04, 0.06, "Average authors", "replies 6% (all authors: 4%)", "Win back"),
        ("reply_share", 0.4, 0.04, 0.30, "Repliers", "replies 30% (all authors: 4%)", "Win back"),
        ("account_age_days", -0.9, 3000, 2100, "Newer accounts", "age in days 2,100 (all authors: 3,000)", "Win back"),
        ("tweet_count", -0.9, 90, 40, "Less active authors", "tweets 40 (all authors: 90)", "Win back"),
        ("followers_count", 0.9, 120, 900, "Average authors, large audiences", "900 (all authors: 120)", "Win back"),
        ("followers_count", 0.9, 2500, 900, "Average authors", "They are like the average author.", "Win back"),
    ],
)  # fmt: skip
def test_name_description_and_value_tell_the_same(
    feature: str, z: float, everyone: float, own: float, name: str, told: str, act: str
) -> None:
    figure = f"{feature}_median" if feature.endswith(("_count", "_days")) else feature
    here: dict[str, Any] = {figure: own}
    elsewhere: dict[str, Any] = {figure: everyone, "reach": 40_000}
    summary = a_summary(z={feature: z}, **here)
    summary = replace(summary, everyone=figures(4000, {"delay": 200, "billing": 200}, **elsewhere))
    assert build_names([summary]) == [name]
    assert told in build_description(summary)
    assert build_recommendation(summary).startswith(act)


def test_who_complains_more_than_others_and_is_glad_all_the_same_is_no_complainer() -> None:
    assert build_names([a_summary(complaint_share=0.5, sentiment_mean=0.6)]) == ["Average authors"]
    assert build_names([a_summary(complaint_share=0.5, sentiment_mean=0.5)]) == ["Complainers"]


def test_names_that_clash_gain_a_word_or_their_id() -> None:
    fans, glad = {"sentiment_mean": 2.0}, {"sentiment_mean": 0.8}
    awake = a_summary("s04", fans | {"night_share": 0.5}, **glad, night_share=0.5)
    assert build_names([a_summary("s01", fans, **glad), awake, a_summary("s05"), a_summary("s06")]) == [
        "Fans, more positive",
        "Fans",
        "Average authors (s05)",
        "Average authors (s06)",
    ]


def test_a_category_is_over_indexed_only_when_the_counts_suffice() -> None:
    assert over_indexed(a_summary(categories={"delay": 150, "billing": 20})) == ["delay"]
    assert over_indexed(a_summary(categories={"delay": 3, "billing": 1})) == []
    assert over_indexed(a_summary(categories={})) == []
    assert over_indexed(a_summary(categories={"delay": 150}, complainers=330)) == []


def test_categories_are_told_as_one_says_them() -> None:
    assert [category_words(each) for each in ("lost_or_damaged", "baggage fees")] == [
        "lost or damaged items",
        "baggage fees",
    ]
