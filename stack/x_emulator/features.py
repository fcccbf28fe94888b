"""The features of a tweet that rules and queries match on, extracted from its payload once."""

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape
from typing import Any

Json = dict[str, Any]
_TOKEN = re.compile(r"\w+|[\u2600-\u27bf\U0001f000-\U0001faff]")


@dataclass(slots=True)
class Features:
    """Words are written ` like this `; `all_words` includes the words of the tweets that it retweets or quotes."""

    words: str
    folded: str
    """`words` in lower case without accents, as search compares them."""
    all_words: str
    tokens: frozenset[str]
    hashtags: frozenset[str]
    cashtags: frozenset[str]
    mentions: frozenset[str]
    urls: tuple[str, ...]
    author: frozenset[str]
    """User name (lower case) and id."""
    replied_to: frozenset[str]
    retweeted: frozenset[str]
    kinds: frozenset[str]
    has: frozenset[str]
    lang: str
    country: str
    places: frozenset[str]
    point: tuple[float, float] | None
    """Longitude, latitude."""
    bio: dict[str, str] = field(default_factory=dict)


def fold(text: str) -> str:
    """Lower case without accents, as search compares words."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def words_of(text: str) -> str:
    """The words of a text in lower case, each between blanks."""
    return f" {' '.join(_TOKEN.findall(unescape(text).lower()))} "


def features_of(
    data: Json, users: dict[str, Json], about: dict[str, Json], media: list[Json], places: list[Json]
) -> Features:
    """`users` by id; `about`: payloads of the referenced tweets by id, in 2.166 names."""
    references = {each["type"]: each["id"] for each in data.get("referenced_tweets", ())}
    repeated = [about[each] for kind, each in references.items() if kind != "replied_to" and each in about]
    entities = [data.get("entities", {}), data.get("note_tweet", {}).get("entities", {})]
    entities += [each.get("entities", {}) for each in repeated if "retweeted" in references]
    words = words_of(_text(data))
    all_words = words + "".join(words_of(_text(each)) for each in repeated)
    author = users.get(data.get("author_id", ""), {})
    place = places[0] if places and "place_id" in data.get("geo", {}) else {}
    return Features(
        words=words,
        folded=fold(words),
        all_words=all_words,
        tokens=frozenset(all_words.split()),
        hashtags=_lower(entities, "hashtags", "tag"),
        cashtags=_lower(entities, "cashtags", "tag"),
        mentions=_lower(entities, "mentions", "username") | _lower(entities, "mentions", "id"),
        urls=tuple(
            url.get("expanded_url", url.get("url", "")).lower() for each in entities for url in each.get("urls", ())
        ),
        author=_names(data.get("author_id"), users),
        replied_to=_names(data.get("in_reply_to_user_id"), users),
        retweeted=_names(about.get(references.get("retweeted", ""), {}).get("author_id"), users),
        kinds=_kinds(references, author),
        has=_has(data, entities, media),
        lang=data.get("lang", "und").lower(),
        country=place.get("country_code", "").lower(),
        places=frozenset(str(place[name]).lower() for name in ("id", "name", "full_name", "country") if name in place),
        point=_point(data, place),
        bio={name: str(author.get(key, "")).lower() for name, key in _BIO.items()},
    )


_BIO = {"bio": "description", "bio_name": "name", "bio_location": "location"}


def _text(data: Json) -> str:
    text: str = data.get("note_tweet", {}).get("text") or data.get("text", "")
    return text


def _lower(entities: list[Json], kind: str, name: str) -> frozenset[str]:
    return frozenset(str(each[name]).lower() for group in entities for each in group.get(kind, ()) if each.get(name))


def _names(user_id: str | None, users: dict[str, Json]) -> frozenset[str]:
    if not user_id:
        return frozenset()
    name = users.get(user_id, {}).get("username", "").lower()
    return frozenset({user_id, name} if name else {user_id})


def _kinds(references: dict[str, str], author: Json) -> frozenset[str]:
    names = {"retweeted": "retweet", "replied_to": "reply", "quoted": "quote"}
    kinds = {names[kind] for kind in references if kind in names}
    return frozenset(kinds | ({"verified"} if author.get("verified") else set()))


def _has(data: Json, entities: list[Json], media: list[Json]) -> frozenset[str]:
    names = {"hashtags": "hashtags", "cashtags": "cashtags", "urls": "links", "mentions": "mentions"}
    found = {name for kind, name in names.items() if any(group.get(kind) for group in entities)}
    kinds = {each.get("type") for each in media}
    if kinds or data.get("attachments", {}).get("media_keys"):
        found.add("media")
    found |= {"images"} if "photo" in kinds else set()
    found |= {"videos", "video_link"} if kinds & {"video", "animated_gif"} else set()
    return frozenset(found | ({"geo"} if data.get("geo") else set()))


def _point(data: Json, place: Json) -> tuple[float, float] | None:
    spot = data.get("geo", {}).get("coordinates", {}).get("coordinates")
    box = place.get("geo", {}).get("bbox")
    if spot:
        return float(spot[0]), float(spot[1])
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None
