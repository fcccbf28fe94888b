"""X's rule language: valid rules, errors, and matching."""

from typing import Any

import pytest

from stack.x_emulator.checking import Where, errors_of
from stack.x_emulator.matching import compile_matcher
from stack.x_emulator.posts import Post, Template

LONG = 1024


def a_post(text: str = "the coffee was fine", **data: Any) -> Post:
    users = data.pop("users", [{"id": "4001", "username": "QuietOtter", "verified": True}])
    about, places, media = data.pop("about", {}), data.pop("places", []), data.pop("media", [])
    whole = {"id": "9", "text": text, "author_id": "4001", "lang": "en", **data}
    template = Template(whole, users, about, media, places).prepare()
    assert template.features is not None
    references = tuple((each["type"], int(each["id"])) for each in whole.get("referenced_tweets", ()))
    return Post(9, template, template.features, int(whole.get("conversation_id", 9)), references, [9])


@pytest.mark.parametrize(
    "rule",
    [
        "cat",
        '"two words"',
        "#tag @handle $CASH",
        "(cat OR dog) -is:retweet lang:en",
        "cat dog OR -bird mouse",
        "from:quietotter has:media",
        "cat -is:nullcast sample:10",
        "point_radius:[-105.27 40.01 15mi]",
        "place_country:GB",
        "conversation_id:1490448039991025664",
        "😀 lang:en",
        "-cat dog",
        "((cat))",
        "url:example.com",
        "bio:barista",
        "cat lang:zh-TW",
    ],
)
def test_a_good_rule_has_no_faults(rule: str) -> None:
    assert errors_of(rule, "stream", LONG) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "non-negation term"),
        ("--b", "Rules must contain a non-negation term (at position 1)"),
        ("-cat", "non-negation term"),
        ("-cat -dog", "non-negation term"),
        ("lang:en", "standalone"),
        ("is:retweet has:media", "standalone"),
        ("cat OR is:retweet", "standalone"),
        ("sample:10", "standalone"),
        ("-(cat dog) bird", "Negating a group"),
        ("cat is:nullcast", "can only be negated"),
        ("cat colour:red", "invalid operator 'colour'"),
        ("cat lang:xx", "not a valid value"),
        ("cat is:funny", "not a valid value"),
        ("cat sample:101", "not a valid value"),
        ("from:not-a-name!", "not a valid value"),
        ("point_radius:[1 2]", "not a valid value"),
        ("cat lang:", "needs a value"),
        ("cat or dog", "Ambiguous use of or"),
        ("cat AND dog", "Ambiguous use of and"),
        ("(cat", "missing ')'"),
        ("cat)", "extraneous input ')'"),
        ("cat OR", "missing a term"),
        ("OR cat", "missing a term"),
        ("()", "missing a term"),
        ('"open', "missing closing quote"),
        ("!!", "no viable alternative"),
        ("c" * (LONG + 1), "exceeds the max allowed length 1024"),
    ],
)
def test_a_bad_rule_is_refused_with_the_reason(rule: str, message: str) -> None:
    (fault,) = errors_of(rule, "stream", LONG)
    assert message in fault


def test_a_fault_tells_the_position() -> None:
    assert errors_of("cat lang:xx", "stream", LONG) == [
        "'xx' is not a valid value of the operator 'lang' (at position 5)"
    ]


@pytest.mark.parametrize("rule", ["cat sample:10", "bio:barista"])
def test_search_lacks_some_operators_of_the_stream(rule: str) -> None:
    assert "invalid operator" in errors_of(rule, "search", LONG)[0]


ROOT = {"7": {"id": "7", "text": "tea please", "author_id": "5"}}
RETWEET: dict[str, Any] = {"referenced_tweets": [{"type": "retweeted", "id": "7"}], "about": ROOT}
QUOTE: dict[str, Any] = {"referenced_tweets": [{"type": "quoted", "id": "7"}], "about": ROOT}
LONDON: dict[str, Any] = {"geo": {"coordinates": {"type": "Point", "coordinates": [-0.1276, 51.5072]}}}


@pytest.mark.parametrize(
    ("rule", "post", "matches"),
    [
        ("coffee", a_post(), True),
        ("COFFEE", a_post(), True),
        ("coff", a_post(), False),
        ("coffee fine", a_post(), True),
        ("coffee tea", a_post(), False),
        ("tea OR coffee", a_post(), True),
        ("tea OR coffee bad", a_post(), False),
        ("(tea OR coffee) fine", a_post(), True),
        ("coffee -fine", a_post(), False),
        ("coffee -(tea)", a_post(), True),
        ('"coffee was"', a_post(), True),
        ('"was coffee"', a_post(), False),
        ("coca-cola", a_post("a coca cola"), True),
        ('"fish & chips"', a_post("fish &amp; chips"), True),
        ("😀", a_post("so good 😀😀"), True),
        ("café", a_post("cafe"), False),
        ("#latte", a_post("#Latte", entities={"hashtags": [{"tag": "Latte"}]}), True),
        ("#latte", a_post("latte"), False),
        ("$KO", a_post("$KO", entities={"cashtags": [{"tag": "KO"}]}), True),
        ("@tealfinch", a_post("@TealFinch", entities={"mentions": [{"username": "TealFinch"}]}), True),
        ("from:quietotter", a_post(), True),
        ("from:@QuietOtter", a_post(), True),
        ("from:4001", a_post(), True),
        ("from:someone", a_post(), False),
        ("to:77", a_post(in_reply_to_user_id="77"), True),
        ("coffee is:verified", a_post(), True),
        ("coffee is:retweet", a_post(), False),
        ("coffee -is:nullcast", a_post(), True),
        ("tea is:retweet", a_post("RT @a: cut…", **RETWEET), True),
        ("retweets_of:5", a_post("RT @a: cut…", **RETWEET), True),
        ("retweets_of_tweet_id:7", a_post("RT @a: cut…", **RETWEET), True),
        ("tea is:quote", a_post("look", **QUOTE), True),
        ('"tea please"', a_post("look", **QUOTE), True),
        ("conversation_id:12", a_post(conversation_id="12"), True),
        ("coffee lang:en", a_post(), True),
        ("coffee lang:de", a_post(), False),
        ("coffee lang:en lang:de", a_post(), False),
        ("coffee has:links", a_post(entities={"urls": [{"url": "https://t.co/a"}]}), True),
        ("coffee has:images", a_post(media=[{"media_key": "3_1", "type": "photo"}]), True),
        ("coffee has:videos", a_post(media=[{"media_key": "3_1", "type": "photo"}]), False),
        ("coffee has:geo", a_post(**LONDON), True),
        ("point_radius:[-0.12 51.5 5km]", a_post(**LONDON), True),
        ("point_radius:[-0.12 52.5 5km]", a_post(**LONDON), False),
        ("bounding_box:[-1 51 1 52]", a_post(**LONDON), True),
        ("place_country:gb", a_post(geo={"place_id": "a"}, places=[{"id": "a", "country_code": "GB"}]), True),
        ("url:example.com", a_post(entities={"urls": [{"expanded_url": "https://www.Example.com/x"}]}), True),
        ("bio:barista", a_post(users=[{"id": "4001", "username": "a", "description": "A barista."}]), True),
        ("note", a_post("cut…", note_tweet={"text": "the whole note"}), True),
        ("coffee sample:100", a_post(), True),
    ],
)  # fmt: skip
def test_a_rule_matches_what_it_says(rule: str, post: Post, matches: bool) -> None:
    assert errors_of(rule, "stream", LONG) == []
    assert compile_matcher(rule, "stream")(post) is matches


@pytest.mark.parametrize(("where", "matches"), [("stream", False), ("search", True)])
def test_accents_count_on_the_stream_only(where: Where, matches: bool) -> None:
    assert compile_matcher("cafe", where)(a_post("a café")) is matches


@pytest.mark.parametrize(("where", "matches"), [("stream", True), ("search", False)])
def test_the_stream_alone_looks_into_what_is_quoted(where: Where, matches: bool) -> None:
    assert compile_matcher("tea", where)(a_post("look", **QUOTE)) is matches
