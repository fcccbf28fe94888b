"""Each kind of file that people have: every object ends as a tweet, a notice, a repeat or a reject that says why."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.archive.faults import Limits
from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import read_archive, read_archive_paths
from pipelines.sources.archive.record import Record
from pipelines.sources.archive.tables.ids import handle_id
from runtime.errors import BadInput
from runtime.resources import PROJECT
from tests.pipelines.sources.archive.kinds import (
    EXPECTED,
    LATIN,
    OWN_EXPECTED,
    SHARED_EXPECTED,
    Outcome,
    at,
    author,
    key,
    write_kinds,
)

SHARED_CASES = PROJECT.parent / "shared" / "cases"
LIMITS = Limits.of(25_000, "2006-03-21", 2)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    return folder


def read(path: Path, **options: Any) -> tuple[list[Record], Reading]:
    reading = Reading()
    return list(read_archive(path, reading=reading, limits=LIMITS, **options)), reading


def payloads(path: Path) -> list[Any]:
    return [json.loads(record.value) for record in read(path)[0]]


def check(path: Path, expected: Outcome) -> None:
    records, reading = read(path)
    found = Outcome(reading.tweets, reading.notices, dict(reading.rejects), reading.handle_authors)
    assert found == expected
    assert reading.offered == len(records)
    assert reading.repeats == 0
    places = [record.position for record in records]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", [*EXPECTED, *OWN_EXPECTED])
def test_a_file_of_each_kind_has_the_right_outcome(kinds: Path, name: str) -> None:
    check(kinds / name, (EXPECTED | OWN_EXPECTED)[name])


@pytest.mark.skipif(not SHARED_CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("name", [*EXPECTED, *SHARED_EXPECTED])
def test_the_shared_cases_have_the_right_outcome(name: str) -> None:
    check(SHARED_CASES / name, (EXPECTED | SHARED_EXPECTED)[name])


@pytest.mark.skipif(not SHARED_CASES.is_dir(), reason="the shared cases are not here")
def test_every_shared_case_is_expected() -> None:
    files = {str(each.relative_to(SHARED_CASES)) for each in SHARED_CASES.rglob("*") if each.is_file()}
    listed = {name for name in files if not name.startswith("30-") and not name.endswith((".md", "account.js"))}
    empty = {"28-empty-hour/keepalive_only/a.jsonl", "28-empty-hour/packed/2026-05-04-01.jsonl.gz"}
    empty |= {"28-empty-hour/stream/2026-05-04-01.jsonl", "28-empty-hour/stream/2026-05-04-02.jsonl"}
    assert listed - {*EXPECTED, *SHARED_EXPECTED} - empty == {"01-own-archive/data/manifest.js"}


@pytest.mark.parametrize("name", ["01-own-archive/data/tweets.js", "01-own-archive", "41-own-archive-zip"])
def test_the_tweets_of_ones_own_archive_have_its_account_as_author(kinds: Path, name: str) -> None:
    assert {payload["user"]["id_str"] for payload in payloads(kinds / name)} == {author(0)}


def test_a_listening_tools_links_give_the_ids_and_what_is_retweeted(kinds: Path) -> None:
    first, _, third = payloads(kinds / "14-listening-tool-export" / "mentions.csv")
    assert (first["data"]["id"], first["data"]["author_id"]) == (key(0), author(0))
    assert first["includes"]["users"][0]["public_metrics"] == {"followers_count": 41, "following_count": 9}
    assert third["data"]["referenced_tweets"] == [{"type": "retweeted", "id": key(9)}]


def test_twarcs_columns_give_references_counts_and_followers(kinds: Path) -> None:
    found = payloads(kinds / "15-twarc-csv" / "tweets.csv")
    kinds_found = [[each["type"] for each in one["data"].get("referenced_tweets", [])] for one in found]
    assert kinds_found == [[], ["retweeted"], ["replied_to"], ["quoted"]]
    assert found[1]["data"]["public_metrics"]["retweet_count"] == 4
    assert found[1]["includes"]["users"][0]["public_metrics"]["followers_count"] == 41
    assert found[1]["includes"]["users"][0]["username"] == "quiet_1"


def test_other_tools_ids_and_authors_are_those_of_the_file_and_unused_columns_are_named(kinds: Path) -> None:
    _, reading = read(kinds / "16-other-tools-columns" / "tags.csv")
    assert (reading.tool, reading.unused_columns) == ("TAGS (Google Sheets)", [])
    for name in ("tcat", "tags"):
        found = payloads(kinds / "16-other-tools-columns" / f"{name}.csv")
        assert [one["data"]["id"] for one in found] == [key(n) for n in range(3)]
        assert {one["data"]["author_id"] for one in found} == {author(0)}
    _, sfm, _ = payloads(kinds / "16-other-tools-columns" / "sfm.csv")
    assert sfm["data"]["referenced_tweets"] == [{"type": "retweeted"}]
    assert sfm["includes"]["users"][0] == {
        "id": handle_id("quiet_1"), "username": "quiet_1", "public_metrics": {"followers_count": 235}
    }  # fmt: skip


def test_words_for_nothing_are_absent_values(kinds: Path) -> None:
    for payload in payloads(kinds / "17-na-literals" / "others.csv"):
        assert set(payload["data"]) == {"id", "text"}
    authors = [one["data"]["author_id"] for one in payloads(kinds / "17-na-literals" / "r_write_csv.csv")]
    assert authors == [author(0), handle_id("quiet_1"), handle_id("quiet_2")]


def test_accents_of_cp1252_survive_with_a_log_line(kinds: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = payloads(kinds / "12-not-utf8" / "cp1252.csv")
    assert [one["data"]["text"] for one in found] == list(LATIN)
    assert "is not UTF-8: read as cp1252" in caplog.text


def test_an_accent_far_into_a_file_is_read_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "late.jsonl"
    plain = b'{"id":"1","text":"plain"}\n' * 5000
    path.write_bytes(plain + '{"id":"2","text":"spät"}\n'.encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        records, _ = read(path)
    assert json.loads(records[-1].value)["text"] == "spät"
    assert "has bytes that are not UTF-8: they are read as cp1252" in caplog.text


def test_rows_without_ids_get_ids_of_their_own(kinds: Path) -> None:
    assert len({record.key for record in read(kinds / "22-same-words-same-minute" / "giveaway.csv")[0]}) == 5
    assert len({record.key for record in read(kinds / "21-row-numbers")[0]}) == 6


def test_a_made_id_does_not_depend_on_the_file_or_the_brand(tmp_path: Path) -> None:
    row = "Queues again,2020-04-07 07:22:58,ann"
    for name, header, more in (("a.csv", "text,date,handle", ""), ("b.csv", "text,date,handle,brand", ",Acme")):
        (tmp_path / name).write_text(f"{header}\n{row}{more}\n")
    (first, _), (second, _) = read(tmp_path / "a.csv"), read(tmp_path / "b.csv")
    assert first[0].key == second[0].key


def test_an_id_carries_its_own_time_where_the_date_says_too_little(kinds: Path) -> None:
    dated = [one["data"].get("created_at") for one in payloads(kinds / "23-dates" / "with_ids.csv")]
    assert [number for number, date in enumerate(dated) if date is None] == [0, 1, 13]
    assert datetime.fromisoformat(str(dated[5])) == datetime(2026, 5, 4, 16, tzinfo=UTC)


def test_the_order_of_day_and_month_can_be_given(kinds: Path) -> None:
    _, reading = read(kinds / "23-dates" / "without_ids.csv", column_map={"date_order": "day_first"})
    assert (reading.tweets, dict(reading.rejects)) == (14, {})


def test_columns_can_be_given_by_number_in_a_file_without_header(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text(f"0,{key(0)},x,first words\n4,{key(1)},x,second words\n")
    found = read(path, column_map={"header_line": 0, "id": 2, "text": 4})[0]
    assert [(record.key.decode(), json.loads(record.value)["data"]["text"]) for record in found] == [
        (key(0), "first words"),
        (key(1), "second words"),
    ]


def test_an_encoding_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "cyrillic.csv"
    path.write_bytes(f"id,text\n{key(0)},рейс\n".encode("koi8-r"))
    (record,), reading = read(path, column_map={"encoding": "koi8-r"})
    assert (json.loads(record.value)["data"]["text"], reading.encoding) == ("рейс", "koi8-r")


def test_a_torn_page_gives_its_whole_tweets_and_says_how_many_were_lost(tmp_path: Path) -> None:
    tweets = [{"id": key(n), "text": f"t {n}", "created_at": at(n).isoformat()} for n in range(100)]
    whole = json.dumps({"data": tweets})
    path = tmp_path / "pages.jsonl"
    path.write_text(whole[: whole.index('"t 60"')] + "\n" + json.dumps({"id": key(200), "text": "after"}) + "\n")
    records, reading = read(path)
    assert (reading.tweets, dict(reading.rejects), reading.lost_tweets) == (61, {"not_json": 1}, 1)
    assert records[-1].key == key(200).encode()


def test_a_torn_object_between_pretty_printed_ones_costs_itself_only(tmp_path: Path) -> None:
    objects = [json.dumps({"id": key(n), "text": f"t {n}", "more": {"x": [{"y": 1}]}}, indent=2) for n in range(4)]
    objects[1] = objects[1][:40]
    path = tmp_path / "pretty.json"
    path.write_text("[\n" + ",\n".join(objects) + "\n]\n")
    _, reading = read(path)
    assert (reading.tweets, dict(reading.rejects)) == (3, {"not_json": 1})


def test_a_large_wrapper_is_read_without_being_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.archive.json_text.values._SMALL_CHARACTERS", 5000)
    tweets = [{"id_str": key(n), "text": f"t {n}"} for n in range(2000)]
    path = tmp_path / "search.json"
    path.write_text(json.dumps({"statuses": tweets, "search_metadata": {"count": 2000}}, indent=1))
    _, reading = read(path)
    assert (reading.tweets, dict(reading.rejects)) == (2000, {"not_a_tweet": 1})


def test_accounts_beside_their_tweets_are_joined(kinds: Path) -> None:
    records, reading = read(kinds / "46-pairs")
    assert (reading.users, {json.loads(one.value)["author"]["username"] for one in records}) == (
        3,
        {"quiet_0", "quiet_1", "quiet_2"},
    )


def test_ids_without_a_tweet_in_a_look_up_are_counted(kinds: Path) -> None:
    assert read(kinds / "42-look-up" / "map.json")[1].unavailable == 1


def test_repeats_are_counted_as_such(tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    path.write_text(f'{{"id":"{key(0)}","text":"t"}}\n' * 3)
    _, reading = read(path)
    assert (reading.tweets, reading.repeats) == (1, 2)


def test_a_pipe_is_rejected_in_one_sentence() -> None:
    with pytest.raises(BadInput, match="is a pipe or a device"):
        read_archive_paths(Path("/dev/null"))


def test_a_withheld_tweet_and_an_edit_become_notices_of_their_own(kinds: Path) -> None:
    withheld = payloads(kinds / "32-withheld" / "stream.jsonl")
    assert withheld[0]["data"]["withheld"]["tweet"] == {"id": key(110), "author_id": author(110)}
    assert [one["data"]["withheld"]["reason"] for one in withheld] == ["copyright", "withheld", "withheld"]
    edits = [
        one["data"]["tweet_edit"]
        for one in payloads(kinds / "33-edits" / "stream.jsonl")
        if "tweet_edit" in one["data"]
    ]
    assert edits[-1]["edit_tweet_ids"] == [key(100), key(101), key(102)]


def test_ids_that_a_script_rounded_are_judged_by_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rounded.jsonl"
    ids = [f"{key(n)[:-2]}00" for n in range(9)] + [key(9)[:-1] + "7"]
    path.write_text("".join(f'{{"id":{each},"text":"t"}}\n' for each in ids))
    _, reading = read(path)
    assert (reading.tweets, dict(reading.rejects)) == (1, {"rounded_id": 9})
    path.write_text(
        "".join(f'{{"id":{each},"text":"t"}}\n' for each in [*ids[:1], *(key(n)[:-1] + "7" for n in range(5))])
    )
    assert dict(read(path)[1].rejects) == {}
