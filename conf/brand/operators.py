"""The operators of X's filtered stream: their values, and whether each may stand alone in a rule.

An operator that X lists as "conjunction required" needs a word, phrase, tag or account beside it. Operators that only
X's search has get their own message. Lengths and spellings follow X's documentation of the stream's operators.
"""

import re
from dataclasses import dataclass

_LANGUAGES = """am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu ht hi hi-Latn hr hu hy in is it iw
ja ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug uk und ur vi zh-CN
zh-TW"""
LANGUAGES = frozenset(_LANGUAGES.split())
"""The codes of `lang:`; `und` are posts whose language X cannot identify."""
_OTHER_NAMES = {
    "id": "in",
    "he": "iw",
    "zh": "zh-CN and zh-TW",
    "nb": "no",
    "nn": "no",
    "fil": "tl",
    "zh-Hans": "zh-CN",
}
_LANGUAGE_OF = {code.lower(): code for code in LANGUAGES}

HANDLE = r"[A-Za-z0-9_]{1,15}"
_SEARCHES = """list min_faves min_retweets min_replies since until since_id max_id since_time until_time filter near
within geocode quoted_tweet_id"""
_SEARCH_ONLY = frozenset(_SEARCHES.split())


@dataclass(frozen=True)
class Operator:
    """`pattern` matches the value after the colon; `form` describes it in messages."""

    pattern: str
    form: str
    is_standalone: bool = True


_USER = Operator(rf"{HANDLE}|[0-9]{{1,19}}", "a handle without @ (at most 15 letters, digits and _) or a user id")
_ID = Operator("[0-9]{1,19}", "an id of digits")
_TEXT = Operator(r'[^\s"()\[\]]+|"(?:[^"\\]|\\.)+"', "a word, or a phrase in double quotes")
_COUNT = Operator(r"[0-9]+(?:\.\.[0-9]+)?", "a number or a range such as 100..5000", is_standalone=False)
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]+)?"

OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(("from", "to", "retweets_of"), _USER),
    **dict.fromkeys(("conversation_id", "in_reply_to_tweet_id", "retweets_of_tweet_id", "quotes_of_tweet_id"), _ID),
    **dict.fromkeys(("url", "url_title", "url_description", "url_contains", "source", "entity", "place"), _TEXT),
    **dict.fromkeys(("bio", "bio_name", "bio_location"), _TEXT),
    **dict.fromkeys(("followers_count", "following_count", "tweets_count", "listed_count"), _COUNT),
    "context": Operator(r"(?:[0-9]+|\*)\.(?:[0-9]+|\*)", "domain.entity, such as 10.799022225751871488"),
    "place_country": Operator("[A-Za-z]{2}", "a country code of two letters such as GB"),
    "point_radius": Operator(
        rf"\[{_DEGREES} {_DEGREES} [0-9]+(?:\.[0-9]+)?(?:mi|km)\]",
        "[longitude latitude radius], as [-0.1 51.5 9mi]",
    ),
    "bounding_box": Operator(rf"\[{_DEGREES}(?: {_DEGREES}){{3}}\]", "[west south east north] in degrees"),
    "lang": Operator(r"[A-Za-z]{2,3}(?:-[A-Za-z]+)?", "a language code", is_standalone=False),
    "is": Operator("retweet|reply|quote|verified|nullcast", "retweet, reply, quote or verified", is_standalone=False),
    "has": Operator(
        "hashtags|cashtags|links|mentions|media|images|videos|video_link|geo",
        "hashtags, cashtags, links, mentions, media, images, videos, video_link or geo",
        is_standalone=False,
    ),
}


def check_operator(name: str, value: str, is_negated: bool) -> str:
    """`name:value` as X spells it; ValueError when either is invalid."""
    if name == "sample":
        raise ValueError("sample: would apply to the whole rule, not only to this entry: remove it")
    if name in _SEARCH_ONLY:
        raise ValueError(f"{name}: exists only in X's search, not in the stream")
    if name not in OPERATORS:
        raise ValueError(f"X has no operator {name}: ; put a word that contains a colon into double quotes")
    if not re.fullmatch(OPERATORS[name].pattern, value):
        raise ValueError(f"{name}: takes {OPERATORS[name].form}, not {value!r}")
    if (name, value) == ("is", "nullcast") and not is_negated:
        raise ValueError("is:nullcast is only allowed as -is:nullcast")
    if name == "place_country":
        value = value.upper()
    if OPERATORS[name] is _TEXT and not value.startswith('"') and not re.fullmatch(r"\w+", value):
        value = f'"{value}"'
    return f"{name}:{check_language(value) if name == 'lang' else value}"


def check_language(code: str) -> str:
    """`code` as X spells it; ValueError when X has no such language, with X's own code if it has another."""
    known = _LANGUAGE_OF.get(code.lower())
    if known is None:
        hint = (
            f"X calls it {_OTHER_NAMES[code]}"
            if code in _OTHER_NAMES
            else f"the codes are {', '.join(sorted(LANGUAGES))}"
        )
        raise ValueError(f"{code!r} is not a language code of X; {hint}")
    return known
