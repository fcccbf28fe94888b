"""Patterns from settings: what is allowed means the same in Python, what could hang or differ is rejected."""

import re
import time

import pytest

from conf.brand.patterns import check_pattern

ALLOWED = (
    "refunds?",
    "(?:bag|baggage).{0,20} fees?",
    "(lost|missing) [a-z]{1,12}",
    "(a|b){9}",
    "[^,;]{3}",
    r"a\.b\[c\]",
    r"[\]\-a]x",
    "café|naïve|\u6b20\u822a",
)
REFUSED = {
    "a*": "character 2: '\\*' is not allowed",
    "a+b": "character 2: '\\+' is not allowed",
    "a{2,}": "character 5: a count",
    "a{,2}": "character 3: a count",
    "a{3,2}": "a count is",
    "a??": "character 3: '\\?' is not allowed",
    "?a": "character 1: '\\?'",
    "{2}": "character 1: '{'",
    "(a": "character 3: a '\\)' is missing",
    "a)": "character 2: '\\)' closes nothing",
    "(?i)a": "character 2: of the groups",
    "(?=a)": "character 2: of the groups",
    "(?P<x>a)": "character 2: of the groups",
    "^a": "character 1: '\\^'",
    "a$": "character 2: '\\$'",
    r"\bfee": "character 2: a backslash",
    r"\d": "character 2: a backslash",
    "a\\": "character 3: a backslash",
    r"(a)\1": "character 5: a backslash",
    "[a": "ends too early",
    "[]": "character 2: a class must contain",
    "[z-a]": "runs backwards",
    "[a&&b]": "character 3: '&'",
    "[[:alpha:]]": "character 2: '\\['",
    "Refund": "character 1: 'R' never matches",
    "[A-Z]": "character 2: 'A' never matches",
    "": "matches the empty string",
    "a?": "matches the empty string",
    "a|b|": "matches the empty string",
    "(a|b){10}": "1024 ways",
    "(?:a{0,9}){0,9}x": "character 16: the pattern is too large",
    "a{0,30}b{0,40}x": "1271 ways",
    "a{201}": "201 characters",
    "((((a|b){99}){99}){99}){99}": "too large",
    "(" * 51 + "a" + ")" * 51: "50 groups",
    "a" * 501: "500 characters",
}


@pytest.mark.parametrize("pattern", ALLOWED)
def test_the_subset_is_a_valid_pattern_of_python(pattern: str) -> None:
    assert check_pattern(pattern) == pattern
    re.compile(pattern)


@pytest.mark.parametrize(("pattern", "said"), REFUSED.items())
def test_what_is_not_in_the_subset_is_refused_with_its_place(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_pattern(pattern)


def test_the_slowest_allowed_pattern_stays_quick_on_a_hostile_text() -> None:
    slowest = check_pattern("a{0,9}" * 2 + "(a|a){3}" + "x")
    started = time.process_time()
    assert re.search(slowest, "a" * 30_000) is None
    assert time.process_time() - started < 20
