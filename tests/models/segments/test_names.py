"""Names follow from what stands out, by one template, and the description shows the figures behind them."""

from dataclasses import replace
from typing import Any

import pytest

from models.segments.descriptions import build_description, build_recommendation
from models.segments.figures import Figures
from models.segments.names import COUNTED, SegmentName, SegmentSummary, build_names, category_words, over_indexed
from models.segments.rows import segment_rows
from tests.models.segments.summaries import a_summary, figures


def names_of(*summaries: SegmentSummary) -> list[str]:
    return [name.text for name in build_names(summaries)]


def test_a_name_says_when_who_about_what_and_how_large() -> None:
    negative = a_summary(
        z={"followers_count": -0.9, "reply_share": 2.0},
        followers_count_median=40.0,
        reply_share=0.9,
        peak_evening=0.7,
        complaint_share=0.8,
        categories={"delay": 190, "billing": 30},
    )
    assert names_of(negative) == ["Frequent complainers about delays (evenings, small audiences)"]


def test_who_does_nothing_unusual_is_average() -> None:
    assert names_of(a_summary()) == ["Average authors"]


@pytest.mark.parametrize(
    ("z", "figures", "name"),
    [
        (
            {"retweet_share": 0.9, "sentiment_mean": 0.5},
            {"retweet_share": 0.5, "sentiment_mean": 0.6},
            "Frequent retweeters",
        ),
        ({"sentiment_mean": 0.9, "retweet_share": -2.0}, {"sentiment_mean": 0.6, "retweet_share": 0.1}, "Enthusiasts"),
        ({"sentiment_mean": -0.9}, {"sentiment_mean": 0.2}, "Critics"),
        (
            {"account_age_days": -2.0, "reply_share": 0.4},
            {"account_age_days_median": 9.0, "reply_share": 0.5},
            "Frequent repliers",
        ),
        ({"account_age_days": -2.0, "reply_share": 0.2}, {"account_age_days_median": 9.0}, "Owners of newer accounts"),
        (
            {"tweet_count": 0.4, "followers_count": 0.5},
            {"tweet_count_median": 9.0, "followers_count_median": 900.0},
            "Frequent tweeters with large audiences",
        ),
    ],
)
def test_a_segment_is_called_by_the_most_unusual_thing_that_it_does(
    z: dict[str, float], figures: dict[str, Any], name: str
) -> None:
    assert names_of(a_summary(z=z, **figures)) == [name]


@pytest.mark.parametrize(
    ("feature", "z", "everyone", "own", "name", "words", "act"),
    [
        (
            "sentiment_mean",
            0.6,
            0.20,
            0.30,
            "Average authors",
            "sentiment 0.30 out of 1 (all authors: 0.20)",
            "Win back",
        ),
        (
            "sentiment_mean",
            -0.6,
            0.80,
            0.70,
            "Average authors",
            "sentiment 0.70 out of 1 (all authors: 0.80)",
            "Amplify",
        ),
        ("sentiment_mean", 0.6, 0.50, 0.55, "Enthusiasts", "sentiment 0.55 out of 1 (all authors: 0.50)", "Amplify"),
        ("sentiment_mean", -0.6, 0.50, 0.45, "Critics", "sentiment 0.45 out of 1 (all authors: 0.50)", "Win back"),
        ("reply_share", 0.4, 0.04, 0.06, "Average authors", "reply share 6% (all authors: 4%)", "Win back"),
        ("reply_share", 0.4, 0.04, 0.30, "Frequent repliers", "reply share 30% (all authors: 4%)", "Win back"),
        (
            "account_age_days",
            -0.9,
            3000,
            2100,
            "Owners of newer accounts",
            "age in days 2,100 (all authors: 3,000)",
            "Win back",
        ),
        ("tweet_count", -0.9, 90, 40, "Occasional tweeters", "tweets 40 (all authors: 90)", "Win back"),
        (
            "followers_count",
            0.9,
            120,
            900,
            "Average authors with large audiences",
            "900 (all authors: 120)",
            "Win back",
        ),
        (
            "followers_count",
            0.9,
            2500,
            900,
            "Average authors",
            "Their figures are close to those of all authors.",
            "Win back",
        ),
    ],
)
def test_name_description_and_value_tell_the_same(
    feature: str, z: float, everyone: float, own: float, name: str, words: str, act: str
) -> None:
    figure = f"{feature}_median" if feature.endswith(("_count", "_days")) else feature
    here: dict[str, Any] = {figure: own}
    elsewhere: dict[str, Any] = {figure: everyone, "reach": 40_000}
    summary = a_summary(z={feature: z}, **here)
    summary = replace(summary, everyone=figures(4000, {"delay": 200, "billing": 200}, **elsewhere))
    (built,) = build_names([summary])
    assert built.text == name
    assert words in build_description(summary, built)
    assert build_recommendation(summary).startswith(act)


def test_who_complains_more_than_others_and_is_glad_all_the_same_is_no_complainer() -> None:
    assert names_of(a_summary(complaint_share=0.5, sentiment_mean=0.6)) == ["Average authors"]
    assert names_of(a_summary(complaint_share=0.5, sentiment_mean=0.5)) == ["Frequent complainers"]


def test_names_that_clash_gain_a_word_or_their_id() -> None:
    fans, positive = {"sentiment_mean": 2.0}, {"sentiment_mean": 0.8}
    awake = a_summary("s04", fans | {"night_share": 0.5}, **positive, night_share=0.5)
    assert names_of(a_summary("s01", fans, **positive), awake, a_summary("s05"), a_summary("s06")) == [
        "Enthusiasts",
        "Enthusiasts (more at night)",
        "Average authors (s05)",
        "Average authors (s06)",
    ]
    twins = [a_summary(one, {"tweet_count": 2.0}, tweet_count_median=9.0, peak_morning=0.7) for one in ("s01", "s02")]
    assert names_of(*twins) == ["Frequent tweeters (mornings, s01)", "Frequent tweeters (mornings, s02)"]


def test_a_feature_without_a_published_figure_gives_no_word() -> None:
    z = {"recency_days": 2.0, "followers_count": 2.0, "sentiment_mean": -2.0}
    hidden = a_summary("s01", z, followers_count_median=None, sentiment_mean=None)
    assert names_of(hidden, a_summary("s02")) == ["Average authors (s01)", "Average authors (s02)"]


@pytest.mark.parametrize(
    ("z", "figures", "name", "shown"),
    [
        (
            {"followers_count": 0.9, "reply_share": 2.0, "night_share": 1.5, "subjectivity_mean": 1.2},
            {
                "complaint_share": 0.34,
                "followers_count_median": 900.0,
                "reply_share": 0.8,
                "night_share": 0.6,
                "subjectivity_mean": 0.5,
                "peak_evening": 0.7,
                "categories": {"delay": 190, "billing": 30},
            },
            "Frequent complainers about delays (evenings, large audiences)",
            [
                "complaint share 34% (all authors: 12%)",
                "median followers 900 (all authors: 120)",
                "in the evening",
                "about delays",
            ],
        ),
        (
            {"sentiment_mean": 1.0, "followers_count": -0.6},
            {"sentiment_mean": 0.81, "followers_count_median": 47.0, "peak_night": 0.5},
            "Enthusiasts with small audiences (nights)",
            ["sentiment 0.81 out of 1 (all authors: 0.30)", "median followers 47 (all authors: 120)", "at night"],
        ),
        (
            {"account_age_days": -0.4, "night_share": 2.0, "reply_share": 1.9, "quote_share": -1.8},
            {"account_age_days_median": 300.0, "night_share": 0.36, "reply_share": 0.35, "quote_share": 0.2},
            "Owners of newer accounts",
            ["median account age in days 300 (all authors: 1,500)"],
        ),
        ({}, {"peak_morning": 0.6}, "Average authors (mornings)", ["in the morning"]),
    ],
)
def test_a_description_shows_the_published_figure_of_each_part_of_the_name(
    z: dict[str, float], figures: dict[str, Any], name: str, shown: list[str]
) -> None:
    summary = a_summary("s01", z, tweet_sum=9, **({"complaint_share": 0.12} | figures))
    everyone = Figures({**summary.everyone.values, "complaint_share": 0.12}, {"delay": 200, "billing": 200}, 400)
    summary = replace(summary, everyone=everyone)
    (row,) = segment_rows([summary], {}, {}, {"silhouette_score": 0.7, "model_version": "v1"})
    assert row["name"] == name
    assert [part for part in shown if part not in row["description"]] == []
    assert figures_of(row, summary, *build_names([summary])) <= set(row["description"].split())


def test_the_figures_of_words_that_tell_equal_names_apart_are_shown_too() -> None:
    z = {"sentiment_mean": 2.0, "followers_count": 1.9, "reply_share": 1.5, "retweet_share": -1.4, "night_share": 0.5}
    figures = {"sentiment_mean": 0.8, "followers_count_median": 900.0, "night_share": 0.41, "tweet_sum": 9}
    several = [
        a_summary("s01", {"sentiment_mean": 2.0, "followers_count": 1.9}, **figures),
        a_summary("s02", z, **figures, reply_share=0.35, retweet_share=0.2),
        a_summary("s03", z, **figures, reply_share=0.35, retweet_share=0.2),
    ]
    names = build_names(several)
    assert [name.text for name in names] == [
        "Enthusiasts with large audiences",
        "Enthusiasts with large audiences (more replies)",
        "Enthusiasts with large audiences (more replies, fewer retweets)",
    ]
    rows = segment_rows(several, {}, {}, {"silhouette_score": 0.7, "model_version": "v1"})
    for row, summary, name in zip(rows, several, names, strict=True):
        assert figures_of(row, summary, name) <= set(row["description"].split())


def figures_of(row: dict[str, Any], summary: SegmentSummary, name: SegmentName) -> set[str]:
    """The figures that a name rests on, as the columns of gold.segments have them; of other counts the median."""
    found = set()
    for feature in name.features:
        if feature in COUNTED:
            count = row["followers_median"] if feature == "followers_count" else summary.figures[f"{feature}_median"]
            found.add(f"{count:,.10g}")
        else:
            found.add(f"{row[feature]:.2f}" if feature == "sentiment_mean" else f"{row[feature]:.0%}")
    assert len(found) == len(name.features)
    return found


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
