"""Fault injection: every fault of the catalogue, as a client sees it."""

import json
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
import requests

from stack.x_emulator.contract import table
from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import SEARCH, STREAM, Listener, Probe, wait_for

QUERY = {"query": "cat"}
PROBLEMS = "https://api.twitter.com/2/problems"


def _posted(x: Probe, stream: Listener, fault: str) -> tuple[str, str]:
    """Inject a fault into the first of two posts; return their ids."""
    x.admin.fault(fault)
    return x.admin.post("first cat"), x.admin.post("second cat")


def _answer(status: int, shows: str) -> Callable[[Probe, str], None]:
    def check(x: Probe, fault: str) -> None:
        x.admin.fault(fault, on="search")
        response = x.call("GET", SEARCH, params=QUERY)
        assert (response.status_code, shows in response.text) == (status, True)
        assert x.call("GET", SEARCH, params=QUERY).status_code == 200

    return check


def _exhausted(x: Probe, fault: str) -> None:
    x.admin.fault(fault)
    response = x.call("GET", STREAM)
    assert (response.status_code, response.headers["x-rate-limit-remaining"]) == (429, "0")
    assert ("x-rate-limit-reset" in response.headers) is (fault != "rate_limited_without_reset")
    if fault == "rate_limited_old":
        assert response.json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}


def _too_many(x: Probe, fault: str) -> None:
    x.admin.fault(fault)
    response = x.call("GET", STREAM)
    assert (response.status_code, response.json()["connection_issue"]) == (429, "TooManyConnections")


def _capped(x: Probe, fault: str) -> None:
    x.admin.fault(fault)
    response = x.call("GET", STREAM)
    assert (response.status_code, response.json()["type"]) == (429, f"{PROBLEMS}/usage-capped")
    assert int(response.headers["x-rate-limit-remaining"]) > 0


def _no_answer(x: Probe, fault: str) -> None:
    x.admin.fault(fault, on="search")
    with pytest.raises(requests.ReadTimeout):
        x.session.get(x.base_url + SEARCH, timeout=0.3)


def _silence(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        x.admin.fault(fault, seconds=60)
        x.admin.post("a lost cat")
        x.admin.advance(61)
        heard = x.admin.post("a heard cat")
        assert stream.post_id() == heard
        assert x.admin.connections()[0]["lost_count"] == 1


def _slow(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        x.admin.fault(fault, seconds=60, bytes=40, pause_seconds=0.05)
        begun = time.monotonic()
        seen = x.admin.post("a slow cat")
        assert stream.post_id() == seen
        assert time.monotonic() - begun > 0.1


def _clean_end(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        seen = x.admin.post("a cat before")
        x.admin.fault(fault)
        assert stream.post_id() == seen
        with pytest.raises(EOFError):
            stream.line()
    assert x.admin.connections()[0]["disconnect_reason"] == f"fault_{fault}"


def _broken(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        x.admin.fault(fault)
        with pytest.raises(ConnectionError):
            stream.line()


def _page(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        x.admin.fault(fault)
        assert stream.line().startswith(b"<html>")
        with pytest.raises(EOFError):
            stream.line()


def _occupied(x: Probe, fault: str) -> None:
    with x.listen():
        x.admin.fault(fault, seconds=120)
    wait_for(lambda: x.admin.state()["open"] == 0)
    assert x.call("GET", STREAM).status_code == 429
    x.admin.advance(121)
    with x.listen() as stream:
        assert stream.status == 200


def _cut(error: type[Exception]) -> Callable[[Probe, str], None]:
    def check(x: Probe, fault: str) -> None:
        with x.listen() as stream:
            cut, _ = _posted(x, stream, fault)
            with pytest.raises(error) as raised:
                stream.line()
            assert cut.encode() in raised.value.args[0]
        (row,) = x.admin.connections()
        assert (cut in row["sent"], row["disconnect_reason"]) == (False, f"fault_{fault}")

    return check


def _twice(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        first, second = _posted(x, stream, fault)
        assert [stream.post_id() for _ in range(3)] == [first, first, second]


def _out_of_order(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        first, second = _posted(x, stream, fault)
        third, fourth = x.admin.post("third cat"), x.admin.post("fourth cat")
        assert [stream.post_id() for _ in range(4)] == [second, first, third, fourth]


def _no_tag(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        _posted(x, stream, fault)
        assert ["tag" in stream.payload()["matching_rules"][0] for _ in range(2)] == [False, True]


def _with_errors(x: Probe, fault: str) -> None:
    with x.listen() as stream:
        _posted(x, stream, fault)
        assert {"data", "errors"} <= set(stream.payload())


def _before(is_wrong: Callable[[bytes], bool]) -> Callable[[Probe, str], None]:
    """A wrong line, then both posts complete."""

    def check(x: Probe, fault: str) -> None:
        with x.listen(**{"tweet.fields": "created_at,edit_controls"}) as stream:
            posts = _posted(x, stream, fault)
            assert is_wrong(stream.line())
            assert (stream.post_id(), stream.post_id()) == posts

    return check


CHECKS: dict[str, Callable[[Probe, str], None]] = {
    "unauthorized": _answer(401, '"Unauthorized"'),
    "forbidden": _answer(403, "client-not-enrolled"),
    "no_rules": _answer(409, "RuleConfigurationIssue"),
    "unavailable": _answer(503, '"Service Unavailable"'),
    "unavailable_html": _answer(503, "<html>"),
    "bad_gateway": _answer(502, "<html>"),
    "rate_limited": _exhausted,
    "rate_limited_old": _exhausted,
    "rate_limited_without_reset": _exhausted,
    "too_many_connections": _too_many,
    "usage_capped": _capped,
    "no_answer": _no_answer,
    "silence": _silence,
    "slow_chunks": _slow,
    "clean_close": _clean_end,
    "abort": _broken,
    "disconnect": lambda x, fault: _disconnect(x, "UpstreamOperationalDisconnect"),
    "html_page": _page,
    "occupied_slot": _occupied,
    "abort_in_line": _cut(ConnectionError),
    "end_in_line": _cut(EOFError),
    "duplicate": _twice,
    "disorder": _out_of_order,
    "no_tag": _no_tag,
    "errors_beside_data": _with_errors,
    "not_json": _before(lambda line: not line.startswith(b"{")),
    "bad_date": _before(lambda line: "+0000" in json.loads(line)["data"]["created_at"]),
    "no_text": _before(lambda line: "text" not in json.loads(line)["data"]),
    "null_edit_controls": _before(lambda line: json.loads(line)["data"]["edit_controls"]["editable_until"] is None),
    "unknown_message": _before(lambda line: "data" not in json.loads(line)),
}


@pytest.mark.parametrize("fault", table("faults"))
def test_a_fault_is_seen_as_the_catalogue_says(x: Probe, fault: str) -> None:
    x.add_rules("cat", tag="pets")
    CHECKS[fault](x, fault)


def _disconnect(x: Probe, kind: str) -> None:
    with x.listen() as stream:
        x.admin.fault("disconnect", disconnect_type=kind)
        assert stream.payload() == {
            "errors": [
                {
                    "title": "operational-disconnect",
                    "disconnect_type": kind,
                    "detail": "This stream has been disconnected upstream for operational reasons.",
                    "type": "https://api.x.com/2/problems/operational-disconnect",
                }
            ]
        }
        with pytest.raises(EOFError):
            stream.line()


@pytest.mark.parametrize(
    "kind",
    [
        "OperationalDisconnect",
        "UpstreamOperationalDisconnect",
        "ForceDisconnect",
        "UpstreamUncleanDisconnect",
        "SlowReader",
        "InternalError",
        "ClientApplicationStateDegraded",
        "InvalidRules",
    ],
)
def test_every_type_of_operational_disconnect_can_be_asked_for(x: Probe, kind: str) -> None:
    x.add_rules("cat")
    _disconnect(x, kind)


def test_a_fault_strikes_as_often_as_asked(x: Probe) -> None:
    x.admin.fault("unavailable", on="*", times=2)
    assert [x.call("GET", SEARCH, params=QUERY).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_lasts_as_long_as_asked(x: Probe) -> None:
    x.admin.fault("unavailable", on="search", seconds=30)
    assert [x.call("GET", SEARCH, params=QUERY).status_code for _ in range(2)] == [503, 503]
    x.admin.advance(31)
    assert x.call("GET", SEARCH, params=QUERY).status_code == 200


def test_without_an_open_stream_a_fault_waits_for_the_next_one(x: Probe) -> None:
    x.add_rules("cat")
    x.admin.fault("clean_close", times=2)
    for _ in range(2):
        with x.listen() as stream, pytest.raises(EOFError):
            stream.line()
    assert x.admin.faults() == []
    with x.listen() as stream:
        seen = x.admin.post("a cat")
        assert stream.post_id() == seen


def test_a_fault_can_be_taken_back(x: Probe) -> None:
    x.admin.fault("unavailable", on="search", times=5)
    assert [fault["kind"] for fault in x.admin.faults()] == ["unavailable"]
    x.admin.cancel_faults()
    assert x.call("GET", SEARCH, params=QUERY).status_code == 200


def test_an_unknown_fault_is_refused_with_the_list_of_known_ones(x: Probe) -> None:
    with pytest.raises(ValueError, match="clean_close"):
        x.admin.fault("gremlins")


def test_a_setting_that_a_fault_does_not_take_is_refused(x: Probe) -> None:
    with pytest.raises(ValueError, match="does not take 'bites'"):
        x.admin.fault("slow_chunks", bites=5)


def test_a_proxys_page_has_no_header_of_x(x: Probe) -> None:
    x.admin.fault("bad_gateway", on="search")
    response = x.call("GET", SEARCH, params=QUERY)
    assert response.headers["content-type"].startswith("text/html")
    assert "x-rate-limit-limit" not in response.headers


def test_the_old_body_of_the_rate_limit_can_be_the_rule(start: Start) -> None:
    x = start(rate_limit_body="code")
    for _ in range(50):
        x.call("GET", STREAM)
    assert x.call("GET", STREAM).json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}


def test_in_silence_there_is_not_even_a_keep_alive(start: Start) -> None:
    x = start(keep_alive_seconds=0.02)
    x.add_rules("cat")
    with x.listen() as stream:
        stream.line()
        x.admin.fault("silence", seconds=30)
        threading.Timer(0.4, x.admin.advance, [31]).start()
        moments = [time.monotonic(), *(time.monotonic() for _ in range(20) if stream.line() == b"")]
    assert max(after - before for before, after in pairwise(moments)) > 0.2
