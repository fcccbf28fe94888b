"""Rules and queries compiled to functions that match a post."""

import math
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from stack.x_emulator.checking import Where
from stack.x_emulator.features import fold, words_of
from stack.x_emulator.language import Node, Term, parse

if TYPE_CHECKING:
    from stack.x_emulator.posts import Post

Matcher = Callable[["Post"], bool]
EARTH_KM, MILE_KM = 6371.0, 1.609344


def compile_matcher(text: str, where: Where) -> Matcher:
    """A function that returns whether a post matches; the rule or query must be valid."""
    return _matcher(parse(text), where)


def _matcher(node: Node, where: Where) -> Matcher:
    if isinstance(node, Term):
        found = _term(node, where)
    else:
        parts = [_matcher(part, where) for part in node.parts]
        found = _all(parts) if node.kind == "and" else _any(parts)
    return _not(found) if node.is_negated else found


def _all(parts: list[Matcher]) -> Matcher:
    def match(post: "Post") -> bool:
        return all(part(post) for part in parts)

    return match


def _any(parts: list[Matcher]) -> Matcher:
    def match(post: "Post") -> bool:
        return any(part(post) for part in parts)

    return match


def _not(part: Matcher) -> Matcher:
    return lambda post: not part(post)


def _term(term: Term, where: Where) -> Matcher:
    value = term.value.lower()
    if term.operator in ("keyword", "phrase"):
        return _words(value, where)
    return _OPERATORS[term.operator](value.removeprefix("@") if term.operator in _ACCOUNTS else value)


def _words(value: str, where: Where) -> Matcher:
    wanted = words_of(value)
    if where == "search":
        folded = fold(wanted)
        return lambda post: folded in post.features.folded
    if " " not in (single := wanted.strip()):
        return lambda post: single in post.features.tokens
    return lambda post: wanted in post.features.all_words


def _country(value: str) -> Matcher:
    return lambda post: post.features.country == value


def _lang(value: str) -> Matcher:
    return lambda post: post.features.lang == value


def _is(value: str) -> Matcher:
    return lambda post: value in post.features.kinds


def _has(value: str) -> Matcher:
    return lambda post: value in post.features.has


def _url(value: str) -> Matcher:
    return lambda post: any(value in url for url in post.features.urls)


def _sample(value: str) -> Matcher:
    percent = int(value)
    return lambda post: zlib.crc32(str(post.id).encode()) % 100 < percent


def _reference(kind: str) -> Callable[[str], Matcher]:
    def build(value: str) -> Matcher:
        wanted = int(value)
        return lambda post: any(name == kind and about == wanted for name, about in post.references)

    return build


def _member(name: str) -> Callable[[str], Matcher]:
    def build(value: str) -> Matcher:
        return lambda post: value in getattr(post.features, name)

    return build


def _bio(name: str) -> Callable[[str], Matcher]:
    def build(value: str) -> Matcher:
        wanted = words_of(value)
        return lambda post: wanted in words_of(post.features.bio.get(name, ""))

    return build


def _circle(value: str) -> Matcher:
    lon, lat, radius = value.strip("[]").split()
    km = float(radius[:-2]) * (MILE_KM if radius.endswith("mi") else 1)
    centre = (float(lon), float(lat))
    return lambda post: post.features.point is not None and _distance_km(post.features.point, centre) <= km


def _box(value: str) -> Matcher:
    west, south, east, north = (float(each) for each in value.strip("[]").split())

    def match(post: "Post") -> bool:
        point = post.features.point
        return point is not None and west <= point[0] <= east and south <= point[1] <= north

    return match


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (longitude, latitude), by the haversine formula."""
    (lon1, lat1), (lon2, lat2) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(a))


_ACCOUNTS = ("from", "to", "retweets_of")
_OPERATORS: dict[str, Callable[[str], Matcher]] = {
    "hashtag": _member("hashtags"),
    "cashtag": _member("cashtags"),
    "mention": _member("mentions"),
    "from": _member("author"),
    "to": _member("replied_to"),
    "retweets_of": _member("retweeted"),
    "place": _member("places"),
    "url": _url,
    "conversation_id": lambda value: lambda post: post.conversation == int(value),
    "in_reply_to_tweet_id": _reference("replied_to"),
    "retweets_of_tweet_id": _reference("retweeted"),
    "quotes_of_tweet_id": _reference("quoted"),
    "place_country": _country,
    "point_radius": _circle,
    "bounding_box": _box,
    "bio": _bio("bio"),
    "bio_name": _bio("bio_name"),
    "bio_location": _bio("bio_location"),
    "lang": _lang,
    "is": _is,
    "has": _has,
    "sample": _sample,
}
