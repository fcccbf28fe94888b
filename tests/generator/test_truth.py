"""The written truth agrees with the tweets."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.faults import TOLERABLE
from tests.generator.conftest import Rows

Read = Callable[[str], Rows]


def _lines(folder: Path) -> list[bytes]:
    with gzip.open(folder / "tweets.jsonl.gz") as file:
        return [line.removesuffix(b"\n") for line in file]


def _good(folder: Path, read: Read) -> list[dict[str, Any]]:
    bad = {row["line"] for row in read("malformed")}
    return [json.loads(line) for number, line in enumerate(_lines(folder), start=1) if number not in bad]


def test_every_tweet_has_one_label(small_folder: Path, read_truth: Read) -> None:
    labels = [row["tweet_id"] for row in read_truth("tweets")]
    seen = {line["data"]["id"] for line in _good(small_folder, read_truth) if "id" in line.get("data", {})}
    assert len(labels) == len(set(labels))
    assert set(labels) == seen


def test_labels_hold_only_known_values(read_truth: Read) -> None:
    for row in read_truth("tweets"):
        assert row["sentiment"] in ("negative", "neutral", "positive")
        assert 0.0 <= row["subjectivity"] <= 1.0
        assert not row["is_complaint"] or row["sentiment"] == "negative"


def test_the_summary_is_a_recount_of_the_file(small_folder: Path, read_truth: Read) -> None:
    summary = json.loads((small_folder / "truth" / "summary.json").read_text("utf-8"))
    good = _good(small_folder, read_truth)
    ids = [line["data"]["id"] for line in good if "id" in line.get("data", {})]
    assert summary["lines"] == len(_lines(small_folder))
    assert summary["tweet_objects"] == len(ids)
    assert summary["distinct_ids"] == len(set(ids))
    assert summary["repeats"] == len(ids) - len(set(ids)) == len(read_truth("repeats"))
    assert summary["compliance_notices"] == len(good) - len(ids) == len(read_truth("notices"))
    assert summary["malformed"] == len(read_truth("malformed"))
    assert summary["lines"] == summary["tweet_objects"] + summary["malformed"] + summary["compliance_notices"]


def test_cascades_start_at_a_root_and_each_parent_is_earlier(read_truth: Read) -> None:
    kinds = {row["tweet_id"]: row["kind"] for row in read_truth("tweets")}
    depths: dict[str, int] = {}
    rows = read_truth("cascades")
    for row in sorted(rows, key=lambda row: row["depth"]):
        assert kinds[row["root_id"]] in ("original", "quote")
        assert kinds[row["tweet_id"]] == "retweet"
        assert int(row["parent_id"]) < int(row["tweet_id"])
        parent_depth = 0 if row["parent_id"] == row["root_id"] else depths[row["parent_id"]]
        assert row["depth"] == parent_depth + 1
        depths[row["tweet_id"]] = row["depth"]
    assert max(depths.values()) > 1


def test_every_author_is_listed_with_segment_and_circle(read_truth: Read) -> None:
    authors = {row["author_id"]: row for row in read_truth("authors")}
    assert len(authors) == len({row["username"].lower() for row in authors.values()}) == len(read_truth("authors"))
    assert {row["author_id"] for row in read_truth("tweets")} <= set(authors)
    assert len({row["segment"] for row in authors.values()}) == 6


def test_replies_belong_to_the_conversation_of_their_parent(read_truth: Read) -> None:
    rows = {row["tweet_id"]: row for row in read_truth("conversations")}
    replies = [row for row in rows.values() if row["kind"] == "reply"]
    assert len(replies) > 50
    for row in replies:
        assert rows[row["parent_id"]]["conversation_id"] == row["conversation_id"]


def test_an_incident_is_louder_and_more_negative_than_the_rest(read_truth: Read) -> None:
    (incident,) = read_truth("incidents")
    tweets = read_truth("tweets")
    struck = [row for row in tweets if row["incident"] == 0]
    assert incident["tweets"] == len(struck) > 50
    assert {row["brand"] for row in struck} == {incident["brand"]}
    negative = sum(row["sentiment"] == "negative" for row in struck) / len(struck)
    assert negative > 1.3 * sum(row["sentiment"] == "negative" for row in tweets) / len(tweets)


def test_edits_carry_their_history_and_a_notice(small_folder: Path, read_truth: Read) -> None:
    edited = {row["tweet_id"]: row["edit_of"] for row in read_truth("tweets") if row["edit_of"]}
    assert edited
    for line in _good(small_folder, read_truth):
        data = line.get("data", {})
        if data.get("id") in edited:
            assert data["edit_history_tweet_ids"] == [edited[data["id"]], data["id"]]
    announced = {row["tweet_id"] for row in read_truth("notices") if row["kind"] == "tweet_edit"}
    assert announced <= set(edited)


def test_what_is_malformed_never_uses_the_id_of_a_tweet(small_folder: Path, read_truth: Read) -> None:
    lines = _lines(small_folder)
    ids = {row["tweet_id"] for row in read_truth("tweets")}
    rows = read_truth("malformed")
    assert len(rows) > 20
    for row in rows:
        assert row["fresh_id"] not in ids
        assert row["is_tolerable"] == (row["kind"] in TOLERABLE)
        if row["kind"] == "huge_text":
            assert len(lines[row["line"] - 1]) > 300_000
