"""Sources of tweets to play: the generator, and archives of v1.1 or v2 payloads as JSON lines."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import generate, load_world
from generator.scenario import ScenarioError
from generator.spelling import RENAMED
from runtime.errors import BadInput
from stack.x_emulator.posts import Template
from stack.x_emulator.v1 import from_v1

Json = dict[str, Any]
OLD_NAMES = {new: old for old, new in RENAMED.items()}
ENDINGS = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Notice:
    """A compliance event of the source; `subject` is an id in the source."""

    kind: str
    subject: str
    is_about_tweet: bool
    about: Json = field(default_factory=dict)


Item = Template | Notice


def read_generator(scenario: Path, tweets: int) -> Iterator[Item]:
    """The tweets and notices of a scenario, oldest first. Raises BadInput for an invalid scenario."""
    try:
        world = load_world(scenario, tweets=tweets, days=max(1, min(14, tweets // 1000)))
    except ScenarioError as error:
        raise BadInput(str(error)) from None
    for line in generate(world):
        if line.kind in ("tweet", "notice"):
            yield from items_of(json.loads(line.payload))


def read_archive(path: Path) -> Iterator[Item]:
    """The tweets of a file or folder of JSON lines, plain or gzip. Raises BadInput if there is no such file."""
    if not path.exists():
        raise BadInput(f"{path} does not exist")
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    files = [each for each in files if each.name.removesuffix(".gz").endswith(ENDINGS)]
    if not files:
        raise BadInput(f"{path} contains no archive that the emulator can play: {', '.join(ENDINGS)}, plain or .gz")
    for file in files:
        with gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb") as lines:
            for line in lines:
                yield from _line_items(line)


def items_of(payload: Json) -> Iterator[Item]:
    """The templates or notices in one payload: a page, a line of a stream, a v1.1 tweet, a delete notice."""
    payload = _old(payload)
    if "id_str" in payload and "user" in payload:
        yield from_v1(payload)
    elif isinstance(payload.get("data"), list):
        includes = payload.get("includes", {})
        yield from (_template(data, includes) for data in payload["data"] if _is_tweet(data))
    elif _is_tweet(payload.get("data")):
        yield _template(payload["data"], payload.get("includes", {}))
    elif _is_tweet(payload):
        yield _template(payload, {})
    else:
        yield from _notices(payload)


def _line_items(line: bytes) -> Iterator[Item]:
    try:
        payload = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return
    for each in payload if isinstance(payload, list) else [payload]:
        if isinstance(each, dict):
            yield from items_of(each)


def _is_tweet(data: Any) -> bool:
    return isinstance(data, dict) and str(data.get("id", "")).isdigit() and isinstance(data.get("text"), str)


def _template(data: Json, includes: Json) -> Template:
    """A template with the objects of a page's includes that belong to this tweet."""
    media = set(data.get("attachments", {}).get("media_keys", ()))
    polls = set(data.get("attachments", {}).get("poll_ids", ()))
    tweets = {each["id"]: each for each in includes.get("tweets", ())}
    about = {each["id"]: tweets[each["id"]] for each in data.get("referenced_tweets", ()) if each["id"] in tweets}
    people = {
        data.get("author_id"),
        data.get("in_reply_to_user_id"),
        *(each.get("author_id") for each in about.values()),
    }
    names = {each["username"].lower() for each in data.get("entities", {}).get("mentions", ())}
    users = [
        _user(each)
        for each in includes.get("users", ())
        if each["id"] in people or str(each.get("username", "")).lower() in names
    ]
    places = [each for each in includes.get("places", ()) if each.get("id") == data.get("geo", {}).get("place_id")]
    return Template(
        _without_empty(data),
        users,
        {each: _without_empty(tweet) for each, tweet in about.items()},
        [each for each in includes.get("media", ()) if each.get("media_key") in media],
        places,
        [each for each in includes.get("polls", ()) if each.get("id") in polls],
    ).prepare()


def _user(user: Json) -> Json:
    return {name: value for name, value in _without_empty(user).items() if value != ""}


def _without_empty(data: Json) -> Json:
    """X omits empty fields."""
    return {name: value for name, value in data.items() if value not in (None, [], {})}


def _old(value: Any) -> Any:
    """The payload in 2.166 names, from either contract."""
    if isinstance(value, dict):
        return {OLD_NAMES.get(key, key): _old(item) for key, item in value.items()}
    return [_old(item) for item in value] if isinstance(value, list) else value


def _notices(payload: Json) -> Iterator[Notice]:
    status = payload.get("delete", {}).get("status") if isinstance(payload.get("delete"), dict) else None
    if isinstance(status, dict) and "id_str" in status:
        yield Notice("delete", status["id_str"], True, {"author_id": status.get("user_id_str", "0")})
    body = payload.get("data")
    if not isinstance(body, dict) or len(body) != 1:
        return
    ((kind, event),) = body.items()
    if not isinstance(event, dict) or kind in ("tweet_edit", "scrub_geo"):
        return  # playing an edited tweet records its edit; a scrub needs the id of a played tweet
    about = {"countries": event["withheld_in_countries"]} if "withheld_in_countries" in event else {}
    if "tweet" in event:
        yield Notice(kind, event["tweet"]["id"], True, about | {"author_id": event["tweet"].get("author_id", "0")})
    elif "user" in event and kind.startswith("user_") and kind != "user_profile_modification":
        yield Notice(kind, event["user"]["id"], False, about)
