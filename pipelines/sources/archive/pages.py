"""X v2 search pages -> one payload per tweet, with only the includes that this tweet needs."""

import json
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]

_TWEETS = ("tweets", "posts")
_REFERENCES = ("referenced_tweets", "referenced_posts")


def split_page(page: Object) -> Iterator[tuple[bytes, Object | None]]:
    """Yield (payload bytes, tweet) for each element of `data`; an element that is not an object is (bytes, None).

    A payload is `{"data": tweet, "includes": {...}}` with its authors, mentioned and replied-to users, referenced
    tweets (and theirs), places, media and polls. Reads `includes.tweets` and the renamed `includes.posts`.
    """
    included = _Includes(page)
    for tweet in page["data"]:
        if not isinstance(tweet, dict):
            yield to_bytes(tweet), None
            continue
        payload: Object = {"data": tweet}
        includes = included.needed_by(tweet)
        if includes:
            payload["includes"] = includes
        yield to_bytes(payload), tweet


def to_bytes(value: Any) -> bytes:
    """Compact JSON in ASCII: a lone surrogate keeps its escape, so the bytes are valid UTF-8."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


class _Includes:
    """The includes of one page, by id."""

    def __init__(self, page: Object) -> None:
        includes = _mapping(page.get("includes"))
        self._tweet_group = "posts" if "posts" in includes else "tweets"
        self._groups: dict[str, dict[str, Object]] = {
            "users": _by(includes, ("users",), "id"),
            "places": _by(includes, ("places",), "id"),
            "media": _by(includes, ("media",), "media_key"),
            "polls": _by(includes, ("polls",), "id"),
            # X leaves a referenced tweet out of the includes when it is on the page itself.
            self._tweet_group: _by(page, ("data",), "id") | _by(includes, _TWEETS, "id"),
        }
        self._by_username = {str(user.get("username")).lower(): key for key, user in self._groups["users"].items()}

    def needed_by(self, tweet: Object) -> dict[str, list[Object]]:
        """The includes of one tweet, with those of the tweets that it references."""
        wanted: dict[str, dict[str, None]] = {name: {} for name in self._groups}
        waiting, seen = [tweet], {str(tweet.get("id"))}
        while waiting:
            current = waiting.pop()
            for name, key in self._mentioned_by(current):
                is_included = key in self._groups[name]
                if name == self._tweet_group and is_included and key not in seen:
                    seen.add(key)
                    waiting.append(self._groups[name][key])
                if is_included and not (name == self._tweet_group and key == str(tweet.get("id"))):
                    wanted[name][key] = None
        return {name: [self._groups[name][key] for key in keys] for name, keys in wanted.items() if keys}

    def _mentioned_by(self, tweet: Object) -> Iterator[tuple[str, str]]:
        for field in ("author_id", "in_reply_to_user_id"):
            yield "users", str(tweet.get(field))
        for mention in _objects(_mapping(tweet.get("entities")).get("mentions")):
            name = str(mention.get("username")).lower()
            yield "users", str(mention.get("id") or self._by_username.get(name))
        attachments = _mapping(tweet.get("attachments"))
        for name, field in (("media", "media_keys"), ("polls", "poll_ids")):
            for key in _list(attachments.get(field)):
                yield name, str(key)
        yield "places", str(_mapping(tweet.get("geo")).get("place_id"))
        for field in _REFERENCES:
            for reference in _objects(tweet.get(field)):
                yield self._tweet_group, str(reference.get("id"))


def _by(group: Object, names: tuple[str, ...], key: str) -> dict[str, Object]:
    return {str(one[key]): one for name in names for one in _objects(group.get(name)) if key in one}


def _mapping(value: Any) -> Object:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Object]:
    return [one for one in _list(value) if isinstance(one, dict)]
