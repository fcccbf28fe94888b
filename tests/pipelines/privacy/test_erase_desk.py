"""An erased tweet is deleted from candidates, details, events and corrections, and the desk is asked to erase it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.accounts import accounts_file
from conf.settings import Settings
from models.privacy.erasure_receipts import WAITS_FOR_DESK
from pipelines.privacy import erase_desk
from pipelines.sources.desk import read_answered_keys, read_erased, read_placed
from pipelines.sources.lake import read_table
from tests.builders import NOON, an_id
from tests.conftest import SECRET
from tests.erasing import OPTIONS, column, erase, everything, key_of, land_notices, put, store_tweets

GONE, KEPT, PLACED = (an_id(number=number) for number in range(1, 4))
RECEIPTS, CANDIDATES = "restricted.erasure_receipts", "gold.ticket_candidates"


def a_candidate(tweet_id: str, **fields: Any) -> dict[str, Any]:
    keys = {"candidate_key": key_of(f"acme|{tweet_id}"), "conversation_key": key_of(f"acme|{GONE}")}
    return (
        {"tweet_id": tweet_id, "brand": "acme", "tweet_key": key_of(tweet_id), "created_on": NOON.date()}
        | keys
        | fields
    )


def open_ticket(settings: Settings, empty: Path) -> None:
    """The desk's database with a ticket of three tweets, the second of which answers the first."""
    file = accounts_file(settings)
    file.parent.mkdir(parents=True)
    shutil.copy(empty, file)
    ticket = {"id": 1, "brand": "acme", "ticket_key": "t1", "conversation_key": key_of(f"acme|{GONE}"), "team": "care"}
    _insert(file, "desk_ticket", ticket)
    tweets = ((GONE, "", ""), (KEPT, GONE, "GB"), (PLACED, "", "IE"))
    for number, (tweet_id, answered, region) in enumerate(tweets, start=1):
        keys = {"tweet_key": key_of(tweet_id), "candidate_key": key_of(f"acme|{tweet_id}")}
        own = {"id": number, "ticket_id": 1, "brand": "acme", "tweet_id": tweet_id, "replied_to_id": answered}
        _insert(file, "desk_comment", own | keys | {"region": region})


def _insert(file: Path, table: str, row: dict[str, Any]) -> None:
    """Insert a row; the other columns that must not be null get a value that means nothing."""
    with closing(sqlite3.connect(file)) as connection, connection:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        required = {name: kind.lower() for _, name, kind, is_required, *_ in columns if is_required}
        empty = {name: 0 if "int" in kind or kind == "bool" else "" for name, kind in required.items()}
        values = empty | row
        marks = ", ".join("?" for _ in values)
        connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def desk_erases(settings: Settings, remote: str) -> None:
    with closing(sqlite3.connect(accounts_file(settings))) as connection, connection:
        connection.execute("UPDATE desk_erasure SET erased_at = '2026-05-05', comments = 1, remote = ?", (remote,))


def removed(spark: SparkSession, settings: Settings) -> dict[str, int]:
    (receipt,) = read_table(spark, settings, RECEIPTS).where("kind = 'delete'").collect()
    return {name: count for name, count in receipt["removed"].items() if count}


@pytest.mark.timeout(600)
def test_an_erasure_reaches_tickets_and_the_receipt_says_what_became_of_them(
    spark: SparkSession, offline_settings: Settings, empty_accounts: Path
) -> None:
    settings = offline_settings
    store_tweets(
        spark,
        settings,
        {"tweet_id": GONE, "text": "words to forget"},
        {"tweet_id": KEPT, "author_id": "4002", "place": {"country_code": "GB"}},
        {"tweet_id": PLACED, "author_id": "4003", "place": {"country_code": "IE"}},
    )
    answer = {"replied_to_id": GONE, "conversation_id": GONE, "region": "GB"}
    put(spark, settings, CANDIDATES, a_candidate(GONE), a_candidate(KEPT, **answer), a_candidate(PLACED, region="IE"))
    put(spark, settings, "restricted.ticket_details", {"tweet_id": GONE, "created_on": NOON.date()})
    put(
        spark,
        settings,
        "gold.ticket_events",
        {"event_key": "e1", "tweet_id": GONE},
        {"event_key": "e2", "tweet_id": KEPT},
    )
    put(spark, settings, "gold.feedback", {"feedback_key": "f1", "tweet_id": GONE})
    open_ticket(settings, empty_accounts)
    scrub = {"user": {"id": "4003"}, "up_to_tweet_id": PLACED}
    land_notices(spark, settings, ("delete", {"tweet": {"id": GONE, "author_id": "4001"}}), ("scrub_geo", scrub))

    erase(spark, settings)
    assert erase_desk.run(spark, settings, OPTIONS) == 1
    assert erase_desk.run(spark, settings, OPTIONS) == 0
    assert [text for text in (GONE, "words to forget") if text in everything(settings)] == []
    assert column(settings, CANDIDATES, "tweet_id") == [KEPT, PLACED]
    assert column(settings, CANDIDATES, "replied_to_id") == [None, None]
    assert column(settings, CANDIDATES, "region") == ["GB", None]
    assert read_placed(settings) == [KEPT]
    assert column(settings, "gold.ticket_events", "event_key") == ["e2"]
    assert read_answered_keys(settings, (SECRET,)) == {}
    assert [(each.tweet_key, each.is_done) for each in read_erased(settings)] == [(key_of(GONE), False)]
    found = removed(spark, settings)
    tables = (CANDIDATES, "restricted.ticket_details", "gold.ticket_events", "gold.feedback")
    assert {found[name] for name in (*tables, "desk tweets", "desk waiting")} == {1}
    assert read_table(spark, settings, RECEIPTS).where(WAITS_FOR_DESK).count() == 1

    desk_erases(settings, "deleted")
    erase_desk.run(spark, settings, OPTIONS)
    found = removed(spark, settings)
    assert {name: count for name, count in found.items() if name.startswith("desk")} == {
        "desk tweets": 1,
        "desk remote deleted": 1,
    }
    assert read_table(spark, settings, RECEIPTS).where(WAITS_FOR_DESK).count() == 0
