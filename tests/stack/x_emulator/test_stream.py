"""The filtered stream on the wire."""

import gzip
import http.client
import time
import zlib
from urllib.parse import urlsplit

import pytest

from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import RULES, STREAM, Probe, wait_for


def test_a_matching_post_is_one_line_with_its_rules(x: Probe) -> None:
    (rule,) = x.add_rules("cat", tag="pets")
    with x.listen() as stream:
        x.admin.post("a dog")
        seen = x.admin.post("a cat")
        line = stream.payload()
    assert line == {
        "data": {"id": seen, "text": "a cat", "edit_history_tweet_ids": [seen]},
        "matching_rules": [{"id": rule, "tag": "pets"}],
    }


def test_a_rule_without_a_tag_is_told_without_one(x: Probe) -> None:
    (rule,) = x.add_rules("cat")
    with x.listen() as stream:
        x.admin.post("a cat")
        assert stream.payload()["matching_rules"] == [{"id": rule}]


def test_fields_and_expansions_come_as_asked(x: Probe) -> None:
    x.add_rules("cat")
    root = x.admin.post(
        "a root", author_id="5", lang="de", includes={"users": [{"id": "5", "username": "five", "name": "F"}]}
    )
    shape = {
        "tweet.fields": "author_id,lang,public_metrics,created_at",
        "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id",
        "user.fields": "verified",
    }
    with x.listen(**shape) as stream:
        people = [{"id": "4001", "username": "four", "name": "F", "verified": True, "location": "here"}]
        references = [{"type": "replied_to", "id": root}]
        x.admin.post("a cat", referenced_tweets=references, includes={"users": people})
        line = stream.payload()
    assert line["data"]["author_id"] == "4001"
    assert line["data"]["referenced_tweets"] == references
    assert set(line["data"]["public_metrics"]) >= {"bookmark_count", "impression_count", "quote_count"}
    assert line["includes"]["users"][0] == {"id": "4001", "username": "four", "name": "F", "verified": True}
    assert [tweet["id"] for tweet in line["includes"]["tweets"]] == [root]
    assert "possibly_sensitive" not in line["data"]


def test_a_reference_that_nobody_knows_is_a_partial_error(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen(expansions="referenced_tweets.id") as stream:
        x.admin.post("a cat", referenced_tweets=[{"type": "quoted", "id": "456"}])
        (error,) = stream.payload()["errors"]
    assert error["detail"] == "Could not find tweet with referenced_tweets.id: [456]."


def test_ids_grow_with_time_and_carry_it(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen(**{"tweet.fields": "created_at"}) as stream:
        x.admin.post("a cat")
        x.admin.advance(3600)
        x.admin.post("a later cat")
        first, second = stream.payload()["data"], stream.payload()["data"]
    assert int(first["id"]) < int(second["id"])
    assert ((int(second["id"]) >> 22) - (int(first["id"]) >> 22)) / 1000 == pytest.approx(3600, abs=5)
    assert first["created_at"] < second["created_at"]


def test_without_rules_the_stream_is_refused_with_409(x: Probe) -> None:
    response = x.call("GET", STREAM)
    assert response.status_code == 409
    assert response.json()["connection_issue"] == "RuleConfigurationIssue"


def test_keep_alives_come_in_the_time_of_the_clock(start: Start) -> None:
    x = start(keep_alive_seconds=20, speed=100)
    x.add_rules("cat")
    with x.listen() as stream:
        begun = time.monotonic()
        assert [stream.line(), stream.line()] == [b"", b""]
        assert 0.3 < time.monotonic() - begun < 3


def test_the_body_is_chunked_and_its_lines_end_with_cr_lf(x: Probe) -> None:
    x.add_rules("cat")
    connection = _connect(x, {})
    response = connection.getresponse()
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    x.admin.post("a cat")
    assert response.readline().endswith(b"}\r\n")
    connection.close()


def test_a_zipped_stream_shows_each_line_at_once(x: Probe) -> None:
    x.add_rules("cat")
    connection = _connect(x, {"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    assert response.headers["content-encoding"] == "gzip"
    unzip = zlib.decompressobj(31)
    for _ in range(2):
        x.admin.post("a cat")
        text = unzip.decompress(response.read1(65536))
        assert text.endswith(b"}\r\n")
    connection.close()


def test_a_second_connection_is_refused_while_the_first_lives(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen():
        response = x.call("GET", STREAM)
        assert (response.status_code, response.json()["connection_issue"]) == (429, "TooManyConnections")
        assert int(response.headers["x-rate-limit-remaining"]) > 0
    wait_for(lambda: x.admin.state()["open"] == 0)
    with x.listen() as again:
        assert again.status == 200


def test_in_the_other_variant_the_second_connection_closes_the_first(start: Start) -> None:
    x = start(second_connection="replace")
    x.add_rules("cat")
    with x.listen() as first, x.listen() as second:
        with pytest.raises(EOFError):
            first.line()
        seen = x.admin.post("a cat")
        assert second.post_id() == seen
    assert x.admin.connections()[0]["disconnect_reason"] == "replaced_by_new_connection"


def test_a_slot_stays_taken_after_a_crash_until_its_time_or_the_connections_api(start: Start) -> None:
    x = start(slot_release_seconds=300)
    x.add_rules("cat")
    for free in (lambda: x.admin.advance(301), lambda: x.call("DELETE", "/2/connections/filtered_stream")):
        with x.listen():
            pass
        wait_for(lambda: x.admin.state()["open"] == 0)
        assert x.call("GET", STREAM).status_code == 429
        assert len(x.get("/2/connections")["data"]) == 1
        free()
        with x.listen() as stream:
            assert stream.status == 200
        wait_for(lambda: x.admin.state()["open"] == 0)
        x.call("DELETE", "/2/connections/all")


def test_the_connections_api_lists_and_ends_streams(x: Probe) -> None:
    x.add_rules("cat")
    assert x.get("/2/connections") == {"meta": {"result_count": 0}}
    with x.listen() as stream:
        (row,) = x.get("/2/connections", **{"connection.fields": "id"})["data"]
        ended = x.call("DELETE", "/2/connections", json={"uuids": [row["id"], "unknown"]}).json()["data"]
        assert (ended["successful_kills"], ended["failed_kills"]) == (1, 1)
        with pytest.raises(EOFError):
            stream.line()
    (ended,) = x.get("/2/connections", status="inactive")["data"]
    assert ended["disconnect_reason"] == "operator_disconnect"
    assert x.call("DELETE", "/2/connections", json={"uuids": []}).status_code == 400


def test_the_fifty_first_connect_in_fifteen_minutes_is_refused(x: Probe) -> None:
    for _ in range(50):
        assert x.call("GET", STREAM).status_code == 409
    response = x.call("GET", STREAM)
    assert (response.status_code, response.headers["x-rate-limit-remaining"]) == (429, "0")
    assert response.json() == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    wait_seconds = int(response.headers["x-rate-limit-reset"]) - x.admin.state()["now"]
    assert 880 < wait_seconds <= 900
    x.admin.advance(wait_seconds + 1)
    assert x.call("GET", STREAM).status_code == 409


def test_backfill_belongs_to_the_enterprise_tier_and_sends_again(start: Start, x: Probe) -> None:
    x.add_rules("cat")
    rejected = x.call("GET", STREAM, params={"backfill_minutes": 2})
    assert (rejected.status_code, rejected.json()["title"]) == (400, "Invalid Request")
    rich = start(tier="enterprise")
    rich.add_rules("cat")
    old = rich.admin.post("an old cat")
    rich.admin.advance(240)
    missed = rich.admin.post("a missed cat")
    with rich.listen(backfill_minutes=2) as stream:
        live = rich.admin.post("a live cat")
        assert [stream.post_id(), stream.post_id()] == [missed, live]
        assert old not in rich.admin.connections()[0]["sent"]


def test_what_was_sent_is_told_by_connection(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen() as stream:
        seen = [x.admin.post(f"cat {n}") for n in range(3)]
        assert [stream.post_id() for _ in seen] == seen
        (row,) = x.admin.connections()
        assert (row["sent"], row["is_open"]) == (seen, True)


def test_nobody_hears_somebody_who_protects_their_posts(x: Probe) -> None:
    x.add_rules("cat")
    with x.listen() as stream:
        x.admin.event("user_protect", "4001")
        x.admin.post("a secret cat")
        seen = x.admin.post("an open cat", author_id="5")
        assert stream.post_id() == seen


def test_an_edit_is_a_new_post_with_the_whole_history(x: Probe) -> None:
    x.add_rules("cat")
    first = x.admin.post("a cta")
    with x.listen() as stream:
        second = x.admin.post("a cat", id="99", edit_history_tweet_ids=[first, "99"])
        assert stream.payload()["data"]["edit_history_tweet_ids"] == [second]
    # An edit is known by the id that its earlier version had in the source.
    a, b = x.admin.post("a cta", id="50", edit_history_tweet_ids=["50"]), ""
    with x.listen() as stream:
        b = x.admin.post("a cat", id="51", edit_history_tweet_ids=["50", "51"])
        assert stream.payload()["data"]["edit_history_tweet_ids"] == [a, b]
    assert x.get("/2/tweets", ids=a)["data"][0]["edit_history_tweet_ids"] == [a, b]


def test_a_reader_that_does_not_read_is_dropped(start: Start) -> None:
    x = start(max_waiting_lines=50)
    x.add_rules("cat")
    connection = _connect(x, {})
    connection.getresponse()
    text = "cat " + "x" * 100_000
    for _ in range(150):
        x.admin.post(text)
        if x.admin.state()["open"] == 0:
            break
    wait_for(lambda: x.admin.connections()[0].get("disconnect_reason") == "slow_reader")
    connection.close()


def test_under_the_renamed_contract_the_stream_keeps_its_parameters_and_answers_in_new_names(start: Start) -> None:
    x = start(spelling="2.167")
    x.add_rules("cat")
    with x.listen(**{"tweet.fields": "public_metrics,referenced_tweets"}) as stream:
        x.admin.post("a cat", referenced_tweets=[{"type": "quoted", "id": "1"}])
        data = stream.payload()["data"]
    assert {"edit_history_post_ids", "referenced_posts"} <= set(data)
    assert "repost_count" in data["public_metrics"]
    assert x.call("GET", STREAM, params={"post.fields": "lang"}).status_code == 400
    assert "sent" not in x.get(RULES)["meta"]


def _connect(x: Probe, headers: dict[str, str]) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(x.base_url).netloc, timeout=5)
    connection.request("GET", STREAM, headers={"Authorization": f"Bearer {x.credentials.bearer_token}", **headers})
    return connection


def test_answers_are_zipped_when_that_is_accepted(x: Probe) -> None:
    x.add_rules(*(f"cat{n}" for n in range(20)))
    connection = http.client.HTTPConnection(urlsplit(x.base_url).netloc, timeout=5)
    headers = {"Authorization": f"Bearer {x.credentials.bearer_token}", "Accept-Encoding": "gzip"}
    connection.request("GET", RULES, headers=headers)
    assert b'"result_count": 20' in gzip.decompress(connection.getresponse().read())
    connection.close()
