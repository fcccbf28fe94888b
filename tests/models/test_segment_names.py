"""Names follow from what stands out, by one template."""

import pytest

from models.segment_names import build_names, category_words, over_indexed
from tests.models.segment_portraits import a_portrait


def test_a_name_says_when_who_about_what_and_how_large() -> None:
    cross = a_portrait(
        z={"followers_count": -0.9, "reply_share": 2.0},
        peak_evening=0.7,
        complaint_share=0.8,
        categories={"delay": 190, "billing": 30},
    )
    assert build_names([cross]) == ["Evening complainers about delay, small audiences"]


def test_who_does_nothing_unusual_is_average() -> None:
    assert build_names([a_portrait()]) == ["Average authors"]


@pytest.mark.parametrize(
    ("z", "name"),
    [
        ({"retweet_share": 0.9, "sentiment_mean": 0.5}, "Sharers"),
        ({"sentiment_mean": 0.9, "retweet_share": -2.0}, "Fans"),
        ({"sentiment_mean": -0.9}, "Critics"),
        ({"account_age_days": -2.0, "reply_share": 0.4}, "Repliers"),
        ({"account_age_days": -2.0, "reply_share": 0.2}, "Newcomers"),
        ({"tweet_count": 0.4, "followers_count": 0.5}, "Regulars, large audiences"),
    ],
)
def test_a_segment_is_called_by_the_most_unusual_thing_that_it_does(z: dict[str, float], name: str) -> None:
    assert build_names([a_portrait(z=z)]) == [name]


def test_names_that_clash_gain_a_word_or_their_id() -> None:
    fans = {"sentiment_mean": 2.0}
    assert build_names(
        [a_portrait("s01", fans), a_portrait("s04", fans | {"night_share": 0.5}), a_portrait("s05"), a_portrait("s06")]
    ) == ["Fans, positive", "Fans", "Average authors (s05)", "Average authors (s06)"]


def test_a_category_is_over_indexed_only_when_the_counts_suffice() -> None:
    assert over_indexed(a_portrait(categories={"delay": 150, "billing": 20})) == ["delay"]
    assert over_indexed(a_portrait(categories={"delay": 3, "billing": 1})) == []
    assert over_indexed(a_portrait(categories={})) == []


def test_categories_are_told_as_one_says_them() -> None:
    assert [category_words(each) for each in ("lost_or_damaged", "baggage fees")] == [
        "lost or damaged items",
        "baggage fees",
    ]
