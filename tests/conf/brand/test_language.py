"""X's rule language: what is accepted in which spelling, and what is rejected at which character."""

import pytest

from conf.brand.language import parse_expression, parse_part, parse_single
from conf.brand.operators import LANGUAGES, check_language
from conf.brand.terms import literal, values_of


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("skyvarn", "skyvarn"),
        ("a OR b c", "a OR b c"),
        ("(a b) OR c", "a b OR c"),
        ("a  (b c)   d", "a b c d"),
        ("(a OR b) c -d", "(a OR b) c -d"),
        ("a OR(b c)", "a OR b c"),
        ("((a))", "a"),
        ("ORa", "ORa"),
        ("coca-cola", '"coca-cola"'),
        ("R&D", '"R&D"'),
        ("10:30", '"10:30"'),
        ('"say \\"hi\\" now"', '"say \\"hi\\" now"'),
        ('"a b"~3', '"a b"~3'),
        ("😡", '"😡"'),
        ("cafe\u0301", "café"),
        ("@FlySkyvarn #sky $SKY", "@FlySkyvarn #sky $SKY"),
        ("x lang:EN From:abc", "x lang:en from:abc"),
        ("x -is:nullcast has:links", "x -is:nullcast has:links"),
        ("x (has:links OR has:media)", "x (has:links OR has:media)"),
        ("place_country:gb", "place_country:GB"),
        ("url:https://skyvarn.example/a", 'url:"https://skyvarn.example/a"'),
        ('entity:"Sky Varn"', 'entity:"Sky Varn"'),
        ("point_radius:[-0.1 51.5 9mi]", "point_radius:[-0.1 51.5 9mi]"),
        ("x followers_count:100..5000", "x followers_count:100..5000"),
        ("bio:pilot", "bio:pilot"),
    ],
)
def test_a_rule_is_kept_in_one_spelling_which_means_the_same_when_read_again(text: str, spelled: str) -> None:
    node = parse_expression(text)
    assert str(node) == spelled
    assert parse_expression(spelled) == node


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "character 1: a word is missing"),
        ("-foo", "'-foo' alone matches too much"),
        ("is:retweet", "alone matches too much"),
        ("has:links lang:en", "alone matches too much"),
        ("followers_count:5", "alone matches too much"),
        ("foo OR has:links", "alone matches too much"),
        ("foo (has:links OR -bar)", "an alternative of OR needs something that is not negated"),
        ("-(a b)", "character 2: a group cannot be excluded"),
        ("--b", "one '-' excludes a word"),
        ("a - b", "character 4: a '-' must directly precede"),
        ('a "bc', "character 3: this '\"' is not closed"),
        ('""', "this phrase is empty"),
        ('"a b"~9', "~1 to ~6 apart"),
        ('"!!!"', "'!!!' contains no word"),
        ("(a", r"character 3: a '\)' is missing"),
        ("a)", r"character 2: this '\)' closes nothing"),
        ("()", "a word is missing"),
        ('foo"bar"', "character 4: a blank is missing"),
        ("OR a", "character 1: a word is missing"),
        ("a OR", "character 5: a word is missing"),
        ("a OR OR b", "a word is missing"),
        ("a and b", "character 3: X does not search for 'and': a blank already"),
        ("a AND b", "X does not search for 'AND'"),
        ("a or b", "write OR in capitals"),
        ("NOT a", "write -word"),
        ("'a b'", "phrases need double quotes"),
        ("“a b”", "phrases need double quotes"),
        ("sky*", "X has no wildcards"),
        ("$5", r"'\$5' is not a @handle"),
        ("#1", "'#1' is not a @handle"),
        ("@a_handle_that_is_too_long", "is not a @handle"),
        ("x is:nullcast", "only allowed as -is:nullcast"),
        ("x is:polls", "is: takes retweet, reply, quote or verified, not 'polls'"),
        ("x has:", "has: takes hashtags"),
        ("x sample:10", "sample: would apply to the whole rule"),
        ("x min_faves:3", "min_faves: exists only in X's search"),
        ("x since:2026-01-01", "since: exists only in X's search"),
        ("co:op", "X has no operator co"),
        ("https://skyvarn.example", "X has no operator https"),
        ("from:Fly-Sky", "from: takes a handle without @"),
        ("conversation_id:abc", "conversation_id: takes an id of digits"),
        ("point_radius:[1 2]", "point_radius: takes"),
        ("x lang:id", "'id' is not a language code of X; X calls it in"),
        ("x lang:he", "X calls it iw"),
        ("x lang:xx", "'xx' is not a language code of X; the codes are am, ar"),
        ("x lang:en lang:fr", "lang:en and lang:fr never occur together"),
        ("x (lang:en OR lang:fr) lang:de", "never occur together"),
        ("x place_country:GB place_country:IE", "never occur together"),
        ("a\tb", "unprintable"),
        ("(" * 60 + "a" + ")" * 60, "more than 50 groups"),
    ],
)
def test_what_x_would_refuse_is_refused_here_with_the_character(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_expression(text)


@pytest.mark.parametrize("text", ["is:nullcast", "is:retweet", "lang:de", '"lost in translation"', "from:SkyvarnFans"])
def test_an_exclusion_is_one_term_without_its_dash(text: str) -> None:
    assert parse_single(text).text == text


@pytest.mark.parametrize("text", ["-foo", "a b", "a OR b", "(a OR b)", "sample:3"])
def test_more_than_one_term_is_no_exclusion(text: str) -> None:
    with pytest.raises(ValueError, match=r"an entry|one '-'|sample"):
        parse_single(text)


def test_a_text_becomes_a_word_a_tag_or_a_phrase_with_its_quotes_escaped() -> None:
    assert [literal(text) for text in ("Skyvarn", "#sky", "@Fly", "$SKY")] == ["Skyvarn", "#sky", "@Fly", "$SKY"]
    assert [literal(text) for text in ("Skyvarn Air", "or", "a:b")] == ['"Skyvarn Air"', '"or"', '"a:b"']
    assert literal("cafe\u0301") == "café"
    assert literal('the "good" \\ air') == '"the \\"good\\" \\\\ air"'
    assert str(parse_expression(literal('the "good" air'))) == literal('the "good" air')


@pytest.mark.parametrize("text", ["", " a", "a\nb", "!?", "$"])
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"contains no word|has surrounding blanks"):
        literal(text)


def test_emoji_that_are_joined_stay_in_one_piece() -> None:
    assert literal("👩‍✈️") == '"👩‍✈️"'


def test_the_languages_that_a_fitting_post_can_have() -> None:
    assert values_of(parse_part("x (lang:en OR lang:fr)"), "lang") == frozenset({"en", "fr"})
    assert values_of(parse_part("x (lang:en OR y) -lang:fr"), "lang") is None
    assert values_of(parse_part("lang:en (lang:en OR lang:fr)"), "lang") == frozenset({"en"})


def test_a_language_is_spelled_as_x_spells_it() -> None:
    assert check_language("ZH-tw") == "zh-TW"
    assert {"in", "iw", "zh-CN", "und"} <= LANGUAGES
