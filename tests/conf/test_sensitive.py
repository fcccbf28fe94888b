"""The guard of what is never a feature of a person."""

import pytest

from conf.brand.files import CATEGORIES
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.segments import GOLD_SEGMENTS
from conf.sensitive import sensitive_family


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Diabetes", "health"),
        ("my_disability", "health"),
        ("pregnancy discounts", "health"),
        ("right-wing", "politics"),
        ("who they voted for", "politics"),
        ("Ramadan opening hours", "religion"),
        ("Jewish holidays", "religion"),
        ("refugees", "ethnicity"),
        ("LGBTQ night", "sexuality"),
        ("labour union", "union"),
        ("unionised staff", "union"),
        ("in debt", "finance"),
        ("credit score", "finance"),
        ("safety_or_fraud", "crime"),
        ("stolen bag", "crime"),
    ],
)
def test_a_word_of_a_sensitive_family_is_found(text: str, family: str | None) -> None:
    assert sensitive_family(text) == family


@pytest.mark.parametrize(
    "text",
    [
        "delay",
        "lost_or_damaged",
        "billing",
        "evening",
        "Varn Lounge",
        "booking",
        "refunds",
        "deals",
        "staff",
        "poor service",
        "illustrations",
        "",
    ],
)
def test_everyday_words_are_none(text: str) -> None:
    assert sensitive_family(text) is None


def test_no_column_of_a_profile_or_a_segment_is_of_a_sensitive_family() -> None:
    for name in [*GOLD_AUTHOR_PROFILES.fieldNames(), *GOLD_SEGMENTS.fieldNames()]:
        assert sensitive_family(name) is None, name


def test_one_common_category_is_kept_from_profiles() -> None:
    assert [name for name in CATEGORIES if sensitive_family(name)] == ["safety_or_fraud"]
