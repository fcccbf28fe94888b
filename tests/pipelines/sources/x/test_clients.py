"""tweepy's clients against the emulator: host by setting, each rejection its own error, and no token in any log."""

import logging
import socket
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import tweepy

from conf.settings import Settings, load_settings
from pipelines.sources.x.clients import call_with_retry, open_client, open_poster, open_stream
from runtime.errors import (
    BudgetExhausted,
    CredentialsRejected,
    JobError,
    MissingPrerequisite,
    RulesRejected,
    ServiceUnavailable,
    TableLocked,
    UsageError,
)
from stack.x_emulator.local import Running
from tests.x_emulator import SECRETS, an_emulator, settings_for

TOKEN = "BRANDPULSE_X_BEARER_TOKEN"


@pytest.fixture(scope="module")
def x() -> Iterator[Running]:
    with an_emulator() as running:
        yield running


@pytest.fixture
def settings(x: Running, monkeypatch: pytest.MonkeyPatch) -> Settings:
    x.admin.cancel_faults()
    x.admin.reset_limits()
    return settings_for(x, monkeypatch, retry_timeout_seconds=0)


@pytest.fixture(autouse=True)
def log_records() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def test_reading_goes_to_the_host_of_the_settings_past_the_environments_proxy(
    x: Running, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    tweet = x.admin.post("hello skyvarn")
    assert call_with_retry(lambda: open_client(settings).get_tweet(tweet))["data"]["id"] == tweet


def test_posting_is_signed_so_that_it_is_accepted(settings: Settings) -> None:
    assert open_poster(settings).create_tweet(text="hello")["data"]["text"] == "hello"


def test_a_stream_of_ones_own_kind_is_opened_with_its_arguments(settings: Settings) -> None:
    class Mine(tweepy.StreamingClient):
        pass

    mine = open_stream(settings, Mine, chunk_size=1)
    assert (type(mine), mine.chunk_size) == (Mine, 1)
    assert mine.get_rules()["meta"]["result_count"] == 0


def test_a_base_url_may_have_a_path_of_its_own(x: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    settings = settings_for(x, monkeypatch, base_url=f"{x.base_url}/proxy/", retry_timeout_seconds=0)
    client = open_client(settings, lambda status, headers, body: seen.append(status))
    with pytest.raises(UsageError, match=r"there is no such endpoint \(HTTP 404.*x.base_url"):
        call_with_retry(lambda: client.get_tweet("1"))
    assert seen == [404]


def test_every_answer_is_shown_with_its_headers_and_the_body_of_a_refusal(x: Running, settings: Settings) -> None:
    seen: list[tuple[int, Mapping[str, str], bytes]] = []
    client: tweepy.StreamingClient = open_stream(settings, on_response=lambda *answer: seen.append(answer))
    client.get_rules()
    x.admin.fault("usage_capped", "*")
    with pytest.raises(tweepy.TooManyRequests):
        client.get_rules()
    assert [(status, bool(body)) for status, _, body in seen] == [(200, False), (429, True)]
    assert all("x-rate-limit-remaining" in headers for _, headers, _ in seen)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("unauthorized", CredentialsRejected, 8),
        ("forbidden", CredentialsRejected, 8),
        ("usage_capped", BudgetExhausted, 9),
        ("no_rules", RulesRejected, 10),
        ("too_many_connections", TableLocked, 7),
        ("rate_limited", ServiceUnavailable, 5),
        ("rate_limited_old", ServiceUnavailable, 5),
        ("rate_limited_without_reset", ServiceUnavailable, 5),
        ("unavailable", ServiceUnavailable, 5),
        ("unavailable_html", ServiceUnavailable, 5),
        ("bad_gateway", ServiceUnavailable, 5),
    ],
)
def test_each_refusal_is_one_sentence_and_its_exit_code(
    fault: str, error: type[JobError], code: int, x: Running, settings: Settings
) -> None:
    x.admin.fault(fault, "*")
    with pytest.raises(error) as raised:
        call_with_retry(open_stream(settings).get_rules)
    assert raised.value.exit_code == code
    assert "\n" not in str(raised.value)


def test_a_token_that_x_does_not_know_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "not-the-token-of-anybody")
    wrong = load_settings(overrides={"x": {"base_url": settings.x.base_url}})
    with pytest.raises(CredentialsRejected, match=f"X rejects the token .*{TOKEN}"):
        call_with_retry(open_stream(wrong).get_rules)


def test_a_server_that_is_away_for_a_moment_is_asked_again(x: Running, settings: Settings) -> None:
    x.admin.fault("bad_gateway", "*", times=2)
    assert call_with_retry(open_stream(settings).get_rules, retry_timeout_seconds=10)["meta"]["result_count"] == 0


def test_a_refusal_is_not_asked_again(x: Running, settings: Settings) -> None:
    x.admin.fault("unauthorized", "*")
    with pytest.raises(CredentialsRejected):
        call_with_retry(open_stream(settings).get_rules, retry_timeout_seconds=60)


def test_an_address_where_nobody_answers_is_told(x: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = settings_for(x, monkeypatch, base_url=f"http://127.0.0.1:{port}")
    with pytest.raises(ServiceUnavailable, match=r"X cannot be reached \(ConnectionError\): check the network"):
        call_with_retry(open_stream(settings).get_rules)


def test_a_redirect_is_not_followed_and_takes_no_token_along(x: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.handle_request, daemon=True).start()
        settings = settings_for(x, monkeypatch, base_url=f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(UsageError, match="redirected elsewhere"):
            call_with_retry(open_stream(settings).get_rules)
    assert asked == ["/2/tweets/search/stream/rules"]


def test_a_server_that_never_answers_ends_in_time(x: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(x, monkeypatch, read_timeout_seconds=0.3)
    x.admin.fault("no_answer", "*")
    with pytest.raises(ServiceUnavailable, match="ReadTimeout"):
        call_with_retry(open_stream(settings).get_rules)


@pytest.mark.parametrize("name", SECRETS)
def test_without_a_credential_the_variable_and_the_portal_are_named(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"BRANDPULSE_X_{name.upper()}"
    monkeypatch.delenv(variable)
    without = load_settings(overrides={"x": {"base_url": settings.x.base_url}})
    opener = open_client if name == "bearer_token" else open_poster
    with pytest.raises(MissingPrerequisite, match=f"{variable} is not set .*developer.x.com.*stack env"):
        opener(without)


@pytest.mark.parametrize("value", [" padded-token", "two\nlines", "tökén"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(
    value: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, value)
    with pytest.raises(UsageError, match=f"{TOKEN} contains a blank or a character") as raised:
        open_client(load_settings(overrides={"x": {"base_url": settings.x.base_url}}))
    assert value not in str(raised.value)


def test_plain_http_to_another_machine_is_warned_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_client(settings)
    open_client(load_settings())
    assert caplog.messages == []
    open_client(load_settings(overrides={"x": {"base_url": "http://x.example"}}))
    assert caplog.messages == ["x.base_url is not https: the token is sent in plain text"]


def test_no_secret_and_no_text_is_in_any_log_at_any_level(
    x: Running, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "tweepy", "urllib3", "oauthlib", "requests_oauthlib"):
        caplog.set_level(1, name or None)
    tweet = x.admin.post("the text of a tweet")
    open_client(settings).get_tweet(tweet)
    open_poster(settings).create_tweet(text="the text of an answer")
    x.admin.fault("unauthorized", "*")
    with pytest.raises(tweepy.Unauthorized):
        open_stream(settings).get_rules()
    assert any(record.name.startswith("urllib3") and record.levelno == logging.DEBUG for record in caplog.records)
    secrets = [getattr(x.credentials, name) for name in SECRETS]
    assert [secret for secret in secrets if secret in caplog.text] == []
    assert "the text of" not in caplog.text
