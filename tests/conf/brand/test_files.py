"""A brand file: what it may contain, and how a mistake in it is reported."""

from importlib.resources import files
from pathlib import Path

import pytest

from conf.brand import files as brands
from conf.brand.files import CATEGORIES, Brand, parse_brand, read_brand, read_brands
from models.annotation.heads import CATEGORY
from runtime.errors import UsageError

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
        (
            "categories: {rename: {stuff: crew}}",
            "categories.rename.stuff.*'stuff' is not a category; the categories are service",
        ),
        ("categories: {rename: {staff: ' crew'}}", "categories.rename.staff: ' crew' has surrounding blanks"),
        ("categories: {rename: {staff: ''}}", "categories.rename.staff: .*at least 1 character"),
        ("categories: {rename: {staff: 7}}", "categories.rename.staff: .*string"),
        ("categories: {rename: {staff: billing}}", "categories: billing: two categories with one name"),
        ("categories: {rename: {staff: x, delay: x}}", "categories: x: two categories with one name"),
        ("categories: {rename: {staff: a}, merge: {b: [staff]}}", "categories: staff: renamed or merged more than"),
        ("categories: {merge: {b: [stuff]}}", "categories.merge.b.0: 'stuff' is not a category"),
        ("categories: {add: [{name: a, when: 'x*', from: [other]}]}", "categories.add.0.when: at character 2: '\\*'"),
        ("categories: {add: [{name: a, when: x, from: []}]}", "categories.add.0.from: .*at least 1 item"),
        ("categories: {add: [{name: a, when: x, from: [misc]}]}", "categories.add.0.from.0: 'misc' is not a category"),
        ("categories: {add: [{name: a, from: [other]}]}", "categories.add.0.when: Field required"),
        ("handle: '@Acme'", "acme.yaml: handle: '@Acme' is not a handle: .* without @"),
        ("handle: 7", "handle: .*string"),
        ("names: [' a']", "names.0: ' a' has surrounding blanks"),
        ("names: ['!!']", "names.0: '!!' contains no word"),
        ("names: Acme", "names: .*tuple"),
        ("keywords: [acme, acme, 'acme sample:3']", "keywords.2: at character 6: sample: would apply"),
        ("keywords: [is:retweet]", "keywords.0: 'is:retweet' alone matches too much"),
        ("keywords: ['acme (']", "keywords.0: at character 7: a word is missing"),
        ("exclusions: ['a b']", "exclusions.0: 'a b': an entry is one word, one phrase"),
        ("exclusions: ['-a']", "exclusions.0: "),
        ("languages: [xx]", "languages.0: 'xx' is not a language"),
        ("languages: [no]", "languages.0: YAML reads NO as false"),
        ("regions: [GBR]", "regions.0: 'GBR' is not a country"),
        ("regions: [NO]", "regions.0: YAML reads NO as false"),
        ("keywords: [acme, 'acme lang:fr']\nlanguages: [en]", "acme.yaml: keywords.1: lang:fr never matches languages"),
        ("keywords: ['acme place_country:FR']\nregions: [GB]", "keywords.0: place_country:FR never matches regions"),
        ("names: [Acme]\nexclusions: [ACME]", "acme.yaml: names.0: exclusions.0 excludes it"),
        ("product: [a]", "product: Extra inputs"),
        ("segments: {third: Fans}", "segments.third.*'third' is not a segment id such as s03"),
        ("segments: {s03: ''}", "segments.s03: .*at least 1 character"),
        ("segments: {s03: Fans, s04: Fans}", "acme.yaml: segments: Fans is the name of more than one"),
        ("categories: [", "acme.yaml is not valid YAML"),
        ("[]", "acme.yaml must contain sections"),
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


def test_what_is_listened_to_is_kept_as_x_spells_it() -> None:
    text = """
        handle: Acme
        names: [Acme Air, "#acme", Café]
        keywords: ["acme  (late OR lost)", coca-cola]
        exclusions: ["is:nullcast", acme-valley]
        languages: [EN, "no", und]
        regions: [gb, "NO"]
        products: [Acme Miles]
        competitors: ["@Globex"]
    """
    brand = parse_brand(text, PLACE)
    assert brand.model_dump(exclude_unset=True) == {
        "handle": "Acme",
        "names": ('"Acme Air"', "#acme", "Café"),
        "keywords": ("acme (late OR lost)", '"coca-cola"'),
        "exclusions": ("is:nullcast", '"acme-valley"'),
        "languages": ("en", "no", "und"),
        "regions": ("GB", "NO"),
        "products": ('"Acme Miles"',),
        "competitors": ("@Globex",),
    }


def test_a_keyword_may_name_one_of_the_brands_languages() -> None:
    assert parse_brand("keywords: ['acme lang:fr']\nlanguages: [en, fr]", PLACE).keywords == ("acme lang:fr",)


def test_segments_have_names_of_the_brands_own() -> None:
    named = parse_brand("segments: {s03: Loyal morning fans, s112: 'Fans, late'}", PLACE)
    assert named.segments == {"s03": "Loyal morning fans", "s112": "Fans, late"}
    assert parse_brand("handle: Acme", PLACE).segments == {}


def test_the_brands_that_ship_are_listed_by_slug() -> None:
    assert read_brands()["skyvarn"] == read_brand("skyvarn")


def test_a_file_whose_name_is_no_slug_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brands").mkdir()
    monkeypatch.setattr(brands, "files", lambda package: tmp_path)
    (tmp_path / "brands" / "acme.yaml").write_text("handle: Acme\n")
    assert read_brands() == {"acme": Brand(handle="Acme")}
    (tmp_path / "brands" / "Globex.yml").write_text("handle: Globex\n")
    with pytest.raises(UsageError, match=r"conf/brands/Globex.yml: a brand's file is named slug.yaml"):
        read_brands()
