"""Generated lines are valid in X's contracts, old and renamed."""

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from generator import Line, World, generate, load_world
from generator.spelling import RENAMED
from tests.generator.conftest import SCENARIOS

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"
needs_contracts = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="../shared/contracts is absent")
Json = dict[str, Any]


def _contract(version: str) -> Json:
    with gzip.open(CONTRACTS / f"x-api-openapi-{version}.json.gz") as file:
        contract: Json = json.load(file)
    return contract


def _validator(contract: Json, name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": contract["components"]}
    )


def _payloads(lines: list[Line], *kinds: str) -> list[Json]:
    return [json.loads(line.payload) for line in lines if line.kind in kinds]


def _respelled() -> World:
    return load_world(SCENARIOS / "small.yaml", spelling="2.167", tweets=500, days=1)


@needs_contracts
def test_every_tweet_and_repeat_is_a_filtered_stream_response(small_lines: list[Line]) -> None:
    validator = _validator(_contract("2.166"), "FilteredStreamingTweetResponse")
    payloads = _payloads(small_lines, "tweet", "repeat")
    assert len(payloads) == 1500
    faults = [error.message for payload in payloads for error in validator.iter_errors(payload)]
    assert faults == []


@needs_contracts
@pytest.mark.parametrize("place", ["data", "tweet", "user", "place"])
def test_no_member_has_a_name_that_the_contract_does_not_know(small_lines: list[Line], place: str) -> None:
    schemas = _contract("2.166")["components"]["schemas"]
    schema = schemas[{"user": "User", "place": "Place"}.get(place, "Tweet")]
    included = {"tweet": "tweets", "user": "users", "place": "places"}
    for payload in _payloads(small_lines, "tweet", "repeat"):
        found = [payload["data"]] if place == "data" else payload["includes"].get(included[place], [])
        assert {name for item in found for name in item} <= set(schema["properties"])


@needs_contracts
def test_the_notices_of_the_new_form_are_compliance_stream_responses(small_lines: list[Line]) -> None:
    contract = _contract("2.166")
    tweets = _validator(contract, "TweetComplianceStreamResponse")
    users = _validator(contract, "UserComplianceStreamResponse")
    notices = [payload for payload in _payloads(small_lines, "notice") if "data" in payload]
    assert len(notices) > 20
    assert all(tweets.is_valid(notice) or users.is_valid(notice) for notice in notices)


@needs_contracts
def test_the_new_spelling_follows_the_renamed_contract() -> None:
    contract = _contract("2.167")
    validator = _validator(contract, "StreamPostsResponse")
    properties = contract["components"]["schemas"]["Post"]["properties"]
    payloads = _payloads(list(generate(_respelled())), "tweet", "repeat")
    assert [error.message for payload in payloads for error in validator.iter_errors(payload)] == []
    assert {name for payload in payloads for name in payload["data"]} <= set(properties)
    assert any("referenced_posts" in payload["data"] for payload in payloads)


def test_the_new_spelling_keeps_no_old_name() -> None:
    lines = [line.payload for line in generate(_respelled()) if line.kind == "tweet"]
    assert not [name for name in RENAMED if any(f'"{name}":'.encode() in payload for payload in lines)]


def test_entities_lie_where_their_offsets_say(small_lines: list[Line]) -> None:
    seen = 0
    for payload in _payloads(small_lines, "tweet"):
        text = payload["data"]["text"]
        entities = payload["data"].get("entities", {})
        for mention in entities.get("mentions", []):
            assert text[mention["start"] : mention["end"]] == "@" + mention["username"]
            seen += 1
        for tag in entities.get("hashtags", []):
            assert text[tag["start"] : tag["end"]] == "#" + tag["tag"]
        for url in entities.get("urls", []):
            assert text[url["start"] : url["end"]] == url["url"]
    assert seen > 500


def test_an_id_carries_the_moment_of_its_tweet(small_lines: list[Line]) -> None:
    for line in small_lines:
        if line.kind == "tweet":
            assert (int(json.loads(line.payload)["data"]["id"]) >> 22) + 1_288_834_974_657 == line.at_ms


def test_retweets_are_cut_and_point_at_the_root(small_lines: list[Line]) -> None:
    retweets = [
        payload["data"]
        for payload in _payloads(small_lines, "tweet")
        if payload["data"].get("referenced_tweets", [{}])[0].get("type") == "retweeted"
    ]
    roots = {payload["data"]["id"] for payload in _payloads(small_lines, "tweet")}
    assert len(retweets) > 100
    assert any(tweet["text"].endswith("…") for tweet in retweets)
    for tweet in retweets:
        assert tweet["text"].startswith("RT @")
        assert len(tweet["text"]) <= 152
        assert tweet["referenced_tweets"][0]["id"] in roots


def test_a_quote_links_to_the_tweet_that_it_quotes(small_lines: list[Line]) -> None:
    payloads = [p for p in _payloads(small_lines, "tweet") if "entities" in p["data"]]
    handles = {user["id"]: user["username"] for p in payloads for user in p["includes"]["users"]}
    authors = {p["data"]["id"]: p["data"]["author_id"] for p in _payloads(small_lines, "tweet")}
    quotes = [p["data"] for p in payloads if p["data"].get("referenced_tweets", [{}])[0].get("type") == "quoted"]
    assert len(quotes) > 30
    for tweet in quotes:
        quoted, link = tweet["referenced_tweets"][0]["id"], tweet["entities"]["urls"][-1]
        assert link["expanded_url"] == f"https://twitter.com/{handles[authors[quoted]]}/status/{quoted}"
        assert tweet["text"].endswith(link["url"])


def test_a_long_post_keeps_its_full_text_in_a_note(small_lines: list[Line]) -> None:
    noted = [payload["data"] for payload in _payloads(small_lines, "tweet") if "note_tweet" in payload["data"]]
    assert noted
    for tweet in noted:
        assert tweet["text"].endswith("…")
        assert len(tweet["note_tweet"]["text"]) > len(tweet["text"])


def test_metrics_only_grow_when_a_tweet_is_delivered_again(small_lines: list[Line]) -> None:
    first: dict[str, Json] = {}
    compared = 0
    for payload in _payloads(small_lines, "tweet", "repeat"):
        data = payload["data"]
        if data["id"] in first and "public_metrics" in data:
            before = first[data["id"]]
            assert all(data["public_metrics"][name] >= count for name, count in before.items())
            compared += 1
        first.setdefault(data["id"], data.get("public_metrics", {}))
    assert compared > 30
