"""Conversion of v1.1 payloads to templates with v2 names."""

from datetime import datetime
from typing import Any

from stack.x_emulator.clock import iso
from stack.x_emulator.posts import Template

Json = dict[str, Any]
_COUNTS = {
    "retweet_count": "retweet_count",
    "favorite_count": "like_count",
    "reply_count": "reply_count",
    "quote_count": "quote_count",
}
_ENTITIES = {"hashtags": ("hashtags", {"text": "tag"}), "symbols": ("cashtags", {"text": "tag"})}


def from_v1(tweet: Json) -> Template:
    """The template of a v1.1 tweet, with text, references and accounts in the form of v2."""
    about = [("retweeted", tweet.get("retweeted_status")), ("quoted", tweet.get("quoted_status"))]
    known = {each["id_str"]: _data(each) for _, each in about if isinstance(each, dict) and "user" in each}
    people = [tweet["user"], *(each["user"] for _, each in about if isinstance(each, dict) and "user" in each)]
    places = [_place(tweet["place"])] if tweet.get("place") else []
    return Template(_data(tweet), [_user(each) for each in people], known, [], places).prepare()


def _data(tweet: Json) -> Json:
    long = tweet.get("extended_tweet") or {}
    entities = _entities(tweet.get("entities") or {})
    found: Json = {
        "id": tweet["id_str"],
        "text": tweet.get("full_text") or tweet.get("text", ""),
        "author_id": tweet["user"]["id_str"],
        "lang": tweet.get("lang") or "und",
        "possibly_sensitive": bool(tweet.get("possibly_sensitive")),
        "reply_settings": "everyone",
        "public_metrics": {new: int(tweet.get(old) or 0) for old, new in _COUNTS.items()},
    }
    if long.get("full_text"):
        found["note_tweet"] = {"text": long["full_text"], "entities": _entities(long.get("entities") or {})}
    if entities:
        found["entities"] = entities
    references = _references(tweet)
    if references:
        found["referenced_tweets"] = references
    if tweet.get("in_reply_to_user_id_str"):
        found["in_reply_to_user_id"] = tweet["in_reply_to_user_id_str"]
    geo = _geo(tweet)
    return found | ({"geo": geo} if geo else {})


def _references(tweet: Json) -> list[Json]:
    pairs = [
        ("retweeted", (tweet.get("retweeted_status") or {}).get("id_str")),
        ("quoted", None if tweet.get("retweeted_status") else tweet.get("quoted_status_id_str")),
        ("replied_to", tweet.get("in_reply_to_status_id_str")),
    ]
    return [{"type": kind, "id": each} for kind, each in pairs if each]


def _entities(entities: Json) -> Json:
    found: Json = {}
    for old, (new, names) in _ENTITIES.items():
        rows = [_offsets(each) | {to: each[from_] for from_, to in names.items()} for each in entities.get(old) or ()]
        found |= {new: rows} if rows else {}
    mentions = [
        _offsets(each) | {"username": each["screen_name"]} | ({"id": each["id_str"]} if each.get("id_str") else {})
        for each in entities.get("user_mentions") or ()
    ]
    urls = [
        _offsets(each) | {name: each[name] for name in ("url", "expanded_url", "display_url") if each.get(name)}
        for each in entities.get("urls") or ()
    ]
    return found | ({"mentions": mentions} if mentions else {}) | ({"urls": urls} if urls else {})


def _offsets(entity: Json) -> Json:
    start, end = entity.get("indices") or (0, 0)
    return {"start": start, "end": end}


def _geo(tweet: Json) -> Json:
    spot = (tweet.get("coordinates") or {}).get("coordinates")
    found: Json = {"coordinates": {"type": "Point", "coordinates": spot}} if spot else {}
    return found | ({"place_id": tweet["place"]["id"]} if tweet.get("place") else {})


def _place(place: Json) -> Json:
    corners = ((place.get("bounding_box") or {}).get("coordinates") or [[]])[0]
    names = ("id", "full_name", "name", "country", "country_code", "place_type")
    found = {name: place[name] for name in names if place.get(name)}
    if corners:
        lons, lats = zip(*corners, strict=True)
        found["geo"] = {"type": "Feature", "bbox": [min(lons), min(lats), max(lons), max(lats)], "properties": {}}
    return found


def _user(user: Json) -> Json:
    metrics = {
        "followers_count": user.get("followers_count"),
        "following_count": user.get("friends_count"),
        "tweet_count": user.get("statuses_count"),
        "listed_count": user.get("listed_count"),
    }
    found: Json = {
        "id": user["id_str"],
        "name": user.get("name") or "",
        "username": user.get("screen_name") or "",
        "protected": bool(user.get("protected")),
        "verified": bool(user.get("verified")),
        "public_metrics": {name: max(0, int(count or 0)) for name, count in metrics.items()} | {"like_count": 0},
    }
    found |= {name: user[name] for name in ("description", "location", "url") if user.get(name)}
    return found | ({"created_at": iso(_moment(user["created_at"]))} if user.get("created_at") else {})


def _moment(text: str) -> float:
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").timestamp()
