"""POST /2/tweets: signatures, who may be replied to, limits."""

from typing import Any

import pytest
import requests

from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import Probe

Json = dict[str, Any]
signing = pytest.importorskip("requests_oauthlib")  # comes with tweepy
TWEETS = "/2/tweets"
MENTION = {"entities": {"mentions": [{"start": 0, "end": 10, "username": "TealFinch"}]}}


def _write(x: Probe, body: Json, token: str | None = None) -> requests.Response:
    return x.call("POST", TWEETS, json=body, token=token or x.credentials.user_token)


def _detail(response: requests.Response) -> str:
    assert response.status_code == 403
    detail: str = response.json()["detail"]
    return detail


def test_a_post_is_written_and_found(x: Probe) -> None:
    response = _write(x, {"text": "hello, all"})
    assert (response.status_code, response.json()["data"]["text"]) == (201, "hello, all")
    found = x.get("/2/tweets", ids=response.json()["data"]["id"], **{"tweet.fields": "author_id"})
    me = x.call("GET", "/2/users/me", token=x.credentials.user_token).json()["data"]
    assert found["data"][0]["author_id"] == me["id"]
    assert me["username"] == "TealFinch"


def test_the_apps_own_token_may_not_write(x: Probe) -> None:
    response = _write(x, {"text": "hello"}, token=x.credentials.bearer_token)
    assert "Authenticating with OAuth 2.0 Application-Only is forbidden" in _detail(response)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": 5},
        {"text": "a", "colour": "red"},
        {"text": "a", "reply": {}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "x"}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "1", "note": "n"}},
        {"text": "a", "quote_tweet_id": 5},
        {"text": "a" * 281},
    ],
)
def test_a_body_that_does_not_fit_is_refused(shared: Probe, body: Json) -> None:
    response = _write(shared, body)
    assert (response.status_code, response.json()["title"]) == (400, "Invalid Request")


def test_one_cashtag_is_allowed_and_two_are_not(x: Probe) -> None:
    assert _write(x, {"text": "buy $AAA"}).status_code == 201
    assert "cashtag" in _detail(_write(x, {"text": "buy $AAA and $BBB"}))


def test_the_same_text_twice_is_refused(x: Probe) -> None:
    _write(x, {"text": "hello"})
    assert "duplicate content" in _detail(_write(x, {"text": "hello"}))


def test_only_those_who_summoned_the_account_may_be_answered(start: Start, x: Probe) -> None:
    plain, request = x.admin.post("a cat"), x.admin.post("@TealFinch help", **MENTION)
    own = _write(x, {"text": "our own"}).json()["data"]["id"]
    quote = x.admin.post("look at this", referenced_tweets=[{"type": "quoted", "id": own}])
    statuses = [_reply(x, each, n) for n, each in enumerate((plain, request, quote))]
    assert statuses == [403, 201, 201]
    rich = start(tier="enterprise")
    assert _reply(rich, rich.admin.post("a cat"), 0) == 201


def test_a_reply_points_at_what_it_answers(x: Probe) -> None:
    request = x.admin.post("@TealFinch help", **MENTION)
    reply = _write(x, {"text": "@a yes", "reply": {"in_reply_to_tweet_id": request}}).json()["data"]["id"]
    fields = {"tweet.fields": "referenced_tweets,conversation_id,in_reply_to_user_id"}
    data = x.get("/2/tweets", ids=reply, **fields)["data"][0]
    assert data["referenced_tweets"] == [{"type": "replied_to", "id": request}]
    assert (data["conversation_id"], data["in_reply_to_user_id"]) == (request, "4001")


def test_a_reply_to_what_is_gone_is_refused(x: Probe) -> None:
    request = x.admin.post("@TealFinch help", **MENTION)
    x.admin.event("delete", request)
    assert "deleted" in _detail(_write(x, {"text": "yes", "reply": {"in_reply_to_tweet_id": request}}))


def test_own_posts_can_be_deleted_and_others_cannot(x: Probe) -> None:
    own, other = _write(x, {"text": "hello"}).json()["data"]["id"], x.admin.post("a cat")
    token = x.credentials.user_token
    assert x.call("DELETE", f"{TWEETS}/{own}", token=token).json() == {"data": {"deleted": True}}
    assert x.call("DELETE", f"{TWEETS}/{other}", token=token).status_code == 403
    assert "data" not in x.get("/2/tweets", ids=own)


def test_the_hundred_and_first_post_in_fifteen_minutes_is_refused(x: Probe) -> None:
    statuses = [_write(x, {"text": f"post {n}"}).status_code for n in range(101)]
    assert statuses == [201] * 100 + [429]
    assert _write(x, {"text": "more"}).headers["x-app-limit-24hour-limit"] == "10000"


@pytest.mark.parametrize("host", ["https://api.twitter.com", "https://api.x.com", None])
def test_a_signature_counts_for_the_host_that_the_client_believes_in(x: Probe, host: str | None) -> None:
    assert _signed(x, host or x.base_url, {}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "no"}, {"resource_owner_secret": "no"}, {"client_key": "no"}, {"timestamp": "1500000000"}],
)
def test_a_signature_that_does_not_hold_is_refused(shared: Probe, wrong: Json) -> None:
    assert _signed(shared, "https://api.twitter.com", wrong).status_code == 401


def test_a_signature_for_another_path_or_used_twice_is_refused(x: Probe) -> None:
    prepared = _prepare(x, "https://api.twitter.com", {})
    assert [x.session.send(prepared).status_code for _ in range(2)] == [201, 401]
    other = _prepare(x, "https://api.twitter.com", {})
    other.url = f"{x.base_url}/2/users/me"
    other.method = "GET"
    assert x.session.send(other).status_code == 401


def _reply(x: Probe, tweet_id: str, number: int) -> int:
    return _write(x, {"text": f"answer {number}", "reply": {"in_reply_to_tweet_id": tweet_id}}).status_code


def _prepare(x: Probe, host: str, changes: Json) -> requests.PreparedRequest:
    keys = {
        "client_key": x.credentials.consumer_key,
        "client_secret": x.credentials.consumer_secret,
        "resource_owner_key": x.credentials.access_token,
        "resource_owner_secret": x.credentials.access_token_secret,
    }
    prepared = requests.Request(
        "POST", host + TWEETS, json={"text": "signed"}, auth=signing.OAuth1(**(keys | changes))
    ).prepare()
    prepared.url = x.base_url + TWEETS
    return prepared


def _signed(x: Probe, host: str, changes: Json) -> requests.Response:
    return x.session.send(_prepare(x, host, changes))
