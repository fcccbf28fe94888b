"""A brand's own file: what it may hold, and how a mistake in it is told."""

from importlib.resources import files

import pytest

from conf.brands import CATEGORIES, Brand, parse_brand, read_brand
from conf.errors import UsageError
from models.heads import CATEGORY

PLACE = "conf/brands/acme.yaml"


def test_the_common_categories_are_the_labels_of_the_annotators_head() -> None:
    assert CATEGORY.labels == CATEGORIES


def test_every_brand_file_that_ships_is_valid() -> None:
    slugs = [file.name.removesuffix(".yaml") for file in (files("conf") / "brands").iterdir()]
    assert "skyvarn" in slugs
    assert all(read_brand(slug) != Brand() for slug in slugs)


@pytest.mark.parametrize("slug", ["nobody", "", "../base", "SKYVARN", "a/b", "x" * 300])
def test_a_brand_without_a_file_of_its_own_has_the_common_categories(slug: str) -> None:
    assert read_brand(slug).categories.own_names == dict(zip(CATEGORIES, CATEGORIES, strict=True))


def test_own_names_are_renamed_and_merged() -> None:
    brand = parse_brand("categories: {rename: {staff: crew}, merge: {disruption: [delay, cancellation]}}", PLACE)
    own = brand.categories.own_names
    assert (own["staff"], own["delay"], own["cancellation"], own["other"]) == (
        "crew",
        "disruption",
        "disruption",
        "other",
    )


def test_several_may_be_merged_under_the_name_of_one_of_them() -> None:
    own = parse_brand("categories: {merge: {delay: [delay, cancellation]}}", PLACE).categories.own_names
    assert own["cancellation"] == "delay"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour: blue", "acme.yaml: colour: Extra inputs"),
        ("categories: {renam: {}}", "categories.renam: Extra inputs"),
        ("categories: {rename: {stuff: crew}}", "categories.rename.stuff.*'stuff' is no category; there are service"),
        ("categories: {rename: {staff: ' crew'}}", "categories.rename.staff: ' crew' has blanks"),
        ("categories: {rename: {staff: ''}}", "categories.rename.staff: .*at least 1 character"),
        ("categories: {rename: {staff: 7}}", "categories.rename.staff: .*string"),
        ("categories: {rename: {staff: billing}}", "categories: billing: two categories of one name"),
        ("categories: {rename: {staff: x, delay: x}}", "categories: x: two categories of one name"),
        ("categories: {rename: {staff: a}, merge: {b: [staff]}}", "categories: staff: renamed or merged more than"),
        ("categories: {merge: {b: [stuff]}}", "categories.merge.b.0: 'stuff' is no category"),
        ("categories: {add: [{name: a, when: 'x*', from: [other]}]}", "categories.add.0.when: at character 2: '\\*'"),
        ("categories: {add: [{name: a, when: x, from: []}]}", "categories.add.0.from: .*at least 1 item"),
        ("categories: {add: [{name: a, when: x, from: [misc]}]}", "categories.add.0.from.0: 'misc' is no category"),
        ("categories: {add: [{name: a, from: [other]}]}", "categories.add.0.when: Field required"),
        ("categories: [", "acme.yaml is not valid YAML"),
        ("[]", "acme.yaml must hold sections"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_brand(text, PLACE)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"when: at character 1: .*; categories\.add\.1\.from\.0"):
        parse_brand("categories: {add: [{name: a, when: '+', from: [other]}, {name: b, when: b, from: [misc]}]}", PLACE)


def test_a_brand_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Brand().__setattr__("categories", None)
