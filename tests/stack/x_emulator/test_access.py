"""Credentials, limits and usage."""

from email.utils import parsedate_to_datetime

import pytest

from stack.x_emulator.auth import Authenticator, Signed
from stack.x_emulator.contract import Endpoint, endpoints
from stack.x_emulator.options import Credentials
from stack.x_emulator.problems import ApiError
from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import SEARCH, STREAM, Probe

QUERY = {"query": "cat"}
USAGE = "/2/usage/tweets"


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda endpoint: endpoint.name)
def test_a_wrong_token_is_refused_with_the_headers_of_the_limit(shared: Probe, endpoint: Endpoint) -> None:
    path = endpoint.path.format(id="1", username="a", endpoint_id="filtered_stream")
    response = shared.call(endpoint.method, path, token="wrong")
    assert response.status_code == 401
    assert response.json() == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    for name in ("limit", "remaining", "reset"):
        assert response.headers[f"x-rate-limit-{name}"].isdigit()
    assert {"api-version", "x-access-level", "x-transaction-id"} <= set(response.headers)


def test_no_credentials_at_all_are_refused(x: Probe) -> None:
    assert x.session.get(x.base_url + SEARCH, params=QUERY).status_code == 401


@pytest.mark.parametrize("endpoint", [each for each in endpoints() if len(each.auth) == 1], ids=lambda each: each.name)
def test_the_wrong_kind_of_token_is_told_which_is_right(shared: Probe, endpoint: Endpoint) -> None:
    token = shared.credentials.user_token if endpoint.auth == ("app",) else shared.credentials.bearer_token
    path = endpoint.path.format(id="1", username="a", endpoint_id="filtered_stream")
    problem = shared.call(endpoint.method, path, token=token).json()
    assert problem["type"] == "https://api.twitter.com/2/problems/unsupported-authentication"
    right = "OAuth 2.0 Application-Only" if endpoint.auth == ("app",) else "OAuth 1.0a User Context"
    assert problem["detail"].startswith("Authenticating with OAuth 2.0 ")
    assert problem["detail"].endswith("].")
    assert f"Supported authentication types are [{right}" in problem["detail"]


def test_apps_and_users_have_windows_of_their_own_and_both_begin_anew(x: Probe) -> None:
    app = x.call("GET", SEARCH, params=QUERY).headers
    user = x.call("GET", SEARCH, params=QUERY, token=x.credentials.user_token).headers
    assert (app["x-rate-limit-limit"], app["x-rate-limit-remaining"]) == ("450", "449")
    assert (user["x-rate-limit-limit"], user["x-rate-limit-remaining"]) == ("300", "299")
    x.admin.advance(901)
    assert x.call("GET", SEARCH, params=QUERY).headers["x-rate-limit-remaining"] == "449"


def test_the_clock_in_the_headers_is_the_stand_ins_own(start: Start) -> None:
    x = start(speed=20)
    x.admin.advance(86_400 * 30)
    headers = x.call("GET", SEARCH, params=QUERY).headers
    now = x.admin.state()["now"]
    assert abs(int(headers["x-rate-limit-reset"]) - now - 900) < 60
    assert abs(parsedate_to_datetime(headers["date"]).timestamp() - now) < 60


def test_a_read_counts_once_a_day_however_often_it_is_made(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen() as stream:
        post = x.admin.post("a cat")
        stream.post_id()
    x.get("/2/tweets", ids=post)
    x.get(SEARCH, query="cat")
    x.admin.post("another cat")
    assert x.get(USAGE)["data"]["project_usage"] == 1
    x.admin.advance(86_400)
    x.get("/2/tweets", ids=post)
    found = x.get(USAGE, days=2)["data"]
    assert [day["usage"] for day in found["daily_project_usage"]["usage"]] == [1, 1]
    assert set(x.get(USAGE, **{"usage.fields": "project_cap"})["data"]) == {"project_cap"}


def test_past_the_monthly_cap_reading_is_refused_and_the_stream_ends(start: Start) -> None:
    x = start(monthly_cap=2)
    x.add_rules("cat")
    with x.listen() as stream:
        posts = [x.admin.post(f"cat {n}") for n in range(3)]
        assert [stream.post_id(), stream.post_id()] == posts[:2]
        assert stream.payload()["errors"][0]["title"] == "UsageCapExceeded"
        with pytest.raises(EOFError):
            stream.line()
    for path, parameters in ((STREAM, {}), (SEARCH, QUERY)):
        response = x.call("GET", path, params=parameters)
        assert (response.status_code, response.json()["period"]) == (429, "Monthly")
        assert int(response.headers["x-rate-limit-remaining"]) > 0
    assert x.get(USAGE)["data"]["project_usage"] == 2


def test_requests_are_told_without_any_secret(x: Probe) -> None:
    x.get(SEARCH, query="cat")
    (row,) = x.admin.requests()
    assert (row["endpoint"], row["status"], row["caller"]) == ("search", 200, "app")
    assert x.credentials.bearer_token not in str(row)


def test_the_enterprise_streams_are_closed_to_self_service(x: Probe) -> None:
    response = x.call("GET", "/2/tweets/compliance/stream", params={"partition": 1})
    assert (response.status_code, response.json()["reason"]) == (403, "client-not-enrolled")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "OAuth",
        'OAuth oauth_consumer_key="other"',
        'OAuth oauth_consumer_key="test-consumer-key", oauth_token="test-access-token"',
        'OAuth oauth_consumer_key="test-consumer-key", oauth_token="test-access-token", '
        'oauth_signature_method="PLAINTEXT", oauth_timestamp="1", oauth_nonce="n", oauth_signature="s"',
        "Basic dGVzdA==",
        "Bearer",
    ],
)
def test_what_is_no_signature_is_refused(header: str) -> None:
    with pytest.raises(ApiError):
        Authenticator(Credentials()).caller(Signed("GET", "/2/tweets", "", header, "127.0.0.1"))


def test_credentials_do_not_print() -> None:
    assert "test-" not in repr(Credentials())
