"""The unmodified tweepy client, only its host rewritten, works with the emulator as with X."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import tweepy

from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import Probe, wait_for

FIELDS = ["author_id", "created_at", "edit_controls", "entities", "public_metrics", "referenced_tweets"]
MENTION = {"entities": {"mentions": [{"start": 0, "end": 10, "username": "TealFinch", "id": "77"}]}}
FINCH = {"users": [{"id": "77", "username": "TealFinch", "name": "Teal Finch"}]}


class Listening(tweepy.StreamingClient):
    """Records all events of the stream."""

    def __init__(self, token: str) -> None:
        super().__init__(token, max_retries=0)
        self.seen: list[str] = []
        self.events: list[str] = []

    def on_tweet(self, tweet: tweepy.Tweet) -> None:
        self.seen.append(str(tweet.id))

    def on_connect(self) -> None:
        self.events.append("connect")

    def on_keep_alive(self) -> None:
        self.events.append("keep_alive")

    def on_errors(self, errors: list[dict[str, Any]]) -> None:
        self.events.append(errors[0]["title"])

    def on_closed(self, response: Any) -> None:
        self.events.append("closed")
        self.disconnect()

    def on_connection_error(self) -> None:
        self.events.append("connection_error")
        self.disconnect()

    def on_exception(self, exception: Exception) -> None:
        self.events.append(type(exception).__name__)

    def on_request_error(self, status_code: int) -> None:
        self.events.append(str(status_code))
        self.disconnect()


def _client(x: Probe) -> Any:
    known = x.credentials
    return x.tweepy(
        tweepy.Client(
            known.bearer_token,
            known.consumer_key,
            known.consumer_secret,
            known.access_token,
            known.access_token_secret,
        )
    )


def _stream(x: Probe) -> tuple[Listening, threading.Thread]:
    stream: Listening = x.tweepy(Listening(x.credentials.bearer_token))
    thread = stream.filter(threaded=True, tweet_fields=FIELDS, expansions=["author_id", "referenced_tweets.id"])
    wait_for(lambda: bool(stream.events))
    return stream, thread


def test_rules_are_added_listed_and_deleted(x: Probe) -> None:
    stream = x.tweepy(tweepy.StreamingClient(x.credentials.bearer_token))
    added = stream.add_rules([tweepy.StreamRule("cat", tag="t"), tweepy.StreamRule("dog")])
    assert added.meta["summary"]["created"] == 2
    assert stream.add_rules(tweepy.StreamRule("cat"), dry_run=True).errors[0]["title"] == "DuplicateRule"
    assert [rule.value for rule in stream.get_rules().data] == ["cat", "dog"]
    assert stream.delete_rules([rule.id for rule in added.data]).meta["summary"]["deleted"] == 2
    assert stream.get_rules().data is None


def test_the_stream_is_heard_and_ends_cleanly(x: Probe) -> None:
    x.add_rules("cat", tag="pets")
    stream, thread = _stream(x)
    posts = [x.admin.post(f"cat {n} 😀 & more") for n in range(5)]
    wait_for(lambda: stream.seen == posts)
    x.admin.fault("clean_close")
    thread.join(5)
    assert (stream.events[0], stream.events[-1]) == ("connect", "closed")


def test_keep_alives_are_told(start: Start) -> None:
    x = start(keep_alive_seconds=0.05)
    x.add_rules("cat")
    stream, thread = _stream(x)
    wait_for(lambda: stream.events.count("keep_alive") > 2)
    x.admin.fault("clean_close")
    thread.join(5)


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        ("abort", "connection_error"),
        ("abort_in_line", "connection_error"),
        ("disconnect", "operational-disconnect"),
        ("html_page", "JSONDecodeError"),
        ("no_tag", "KeyError"),
        ("not_json", "JSONDecodeError"),
        ("bad_date", "ValueError"),
        ("no_text", "KeyError"),
        ("null_edit_controls", "TypeError"),
        ("end_in_line", "JSONDecodeError"),
    ],
)
def test_faults_do_to_tweepy_what_x_does(x: Probe, fault: str, event: str) -> None:
    x.add_rules("cat", tag="pets")
    stream, thread = _stream(x)
    x.admin.fault(fault)
    x.admin.post("a cat")
    thread.join(5)
    assert not thread.is_alive()
    assert event in stream.events


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("unauthorized", "401"),
        ("forbidden", "403"),
        ("no_rules", "409"),
        ("rate_limited", "429"),
        ("bad_gateway", "502"),
        ("unavailable", "503"),
    ],
)
def test_a_refused_connection_is_told_by_its_status(x: Probe, fault: str, status: str) -> None:
    x.add_rules("cat")
    x.admin.fault(fault)
    stream, thread = _stream(x)
    thread.join(5)
    assert stream.events == [status]


def test_searching_pages_to_the_end(x: Probe) -> None:
    posts = [x.admin.post(f"cat {n}", includes=FINCH, author_id="77") for n in range(25)]
    pages = tweepy.Paginator(
        _client(x).search_recent_tweets, "cat -is:retweet", max_results=10, tweet_fields=FIELDS, expansions="author_id"
    )
    found = [str(tweet.id) for page in pages for tweet in page.data]
    assert found == posts[::-1]


def test_the_new_spelling_passes_through(x: Probe) -> None:
    x.admin.post("a cat")
    client = _client(x)
    client.session.mount("https://api.twitter.com", _Unvalidated(client.session.get_adapter("https://api.twitter.com")))
    found = client.search_recent_tweets("cat", **{"post.fields": ["public_metrics"]})
    assert "repost_count" in found.data[0].public_metrics


def test_mentions_counts_posts_and_people_are_read(x: Probe) -> None:
    post = x.admin.post("@TealFinch cat", includes=FINCH, **MENTION)
    client = _client(x)
    assert str(client.get_users_mentions(77, tweet_fields=FIELDS).data[0].id) == post
    assert client.get_recent_tweets_count("cat").meta["total_tweet_count"] == 1
    found = client.get_tweets([post, "456"], tweet_fields=FIELDS, expansions="author_id")
    assert (str(found.data[0].id), found.errors[0]["value"]) == (post, "456")
    assert client.get_tweet(post).data.text == "@TealFinch cat"
    assert client.get_users(usernames=["TealFinch"]).data[0].id == 77
    assert client.get_user(id=77).data.username == "TealFinch"
    assert client.get_me().data.username == "TealFinch"


def test_a_reply_is_signed_with_oauth_1(x: Probe) -> None:
    request = x.admin.post("@TealFinch help", includes=FINCH, **MENTION)
    client = _client(x)
    reply = client.create_tweet(text="we are on it", in_reply_to_tweet_id=request)
    assert reply.data["text"] == "we are on it"
    with pytest.raises(tweepy.Forbidden, match="mentioned or quoted"):
        client.create_tweet(text="hello", in_reply_to_tweet_id=x.admin.post("a cat"))
    assert client.delete_tweet(reply.data["id"]).data["deleted"]


def test_a_reply_with_an_oauth_2_token_of_the_user(x: Probe) -> None:
    client = x.tweepy(tweepy.Client(x.credentials.user_token))
    assert client.create_tweet(text="hello", user_auth=False).data["text"] == "hello"
    app = x.tweepy(tweepy.Client(x.credentials.bearer_token))
    with pytest.raises(tweepy.Forbidden, match="Application-Only is forbidden"):
        app.create_tweet(text="hello", user_auth=False)


def test_compliance_jobs_are_made_and_listed(x: Probe) -> None:
    client = x.tweepy(tweepy.Client(x.credentials.bearer_token, return_type=dict))
    job = client.create_compliance_job("tweets", name="nightly")["data"]
    assert client.get_compliance_job(job["id"])["data"]["status"] == "created"
    assert client.get_compliance_jobs("tweets")["meta"]["result_count"] == 1


RAISED: list[tuple[str, type[Exception]]] = [
    ("unauthorized", tweepy.Unauthorized),
    ("forbidden", tweepy.Forbidden),
    ("rate_limited", tweepy.TooManyRequests),
    ("usage_capped", tweepy.TooManyRequests),
    ("unavailable", tweepy.TwitterServerError),
    ("bad_gateway", tweepy.TwitterServerError),
]


@pytest.mark.parametrize(("fault", "error"), RAISED)
def test_faults_raise_what_tweepy_has_for_them(x: Probe, fault: str, error: type[Exception]) -> None:
    x.admin.fault(fault, on="search")
    with pytest.raises(error):
        _client(x).search_recent_tweets("cat")


def test_waiting_for_the_limit_uses_the_reset_of_the_header(start: Start) -> None:
    x = start()
    client = x.tweepy(tweepy.Client(x.credentials.bearer_token))
    x.admin.fault("rate_limited", on="search")
    with pytest.raises(tweepy.TooManyRequests) as raised:
        client.search_recent_tweets("cat")
    assert 0 < int(raised.value.response.headers["x-rate-limit-reset"]) - time.time() <= 901


class _Unvalidated:
    """The redirecting adapter without validation: an answer in the names of the other contract."""

    def __init__(self, adapter: Any) -> None:
        adapter._validate = lambda response: None
        self.send: Callable[..., Any] = adapter.send
        self.close: Callable[[], None] = adapter.close


def test_any_client_that_signs_is_served(x: Probe) -> None:
    known = x.credentials
    session = pytest.importorskip("requests_oauthlib").OAuth1Session(
        known.consumer_key, known.consumer_secret, known.access_token, known.access_token_secret
    )
    session.trust_env = False
    response = session.get(f"{x.base_url}/2/users/me", params={"user.fields": "created_at"})
    assert response.json()["data"]["username"] == "TealFinch"
