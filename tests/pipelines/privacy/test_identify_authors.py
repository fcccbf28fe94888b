"""Identities: only of authors who mentioned a brand by its handle, in their own words."""

from datetime import timedelta
from typing import Any

from pyspark.sql import Row, SparkSession

from conf.settings import Settings
from models.privacy.pseudonyms import build_key_frame
from pipelines.privacy import identify_authors
from pipelines.privacy.identify_authors import build_identities
from pipelines.sinks.lake import create_table
from tests.builders import NOON, a_record, records
from tests.conftest import SECRET
from tests.identifying import BRAND, asked, calling, land
from tests.stored import stored_rows

HANDLES = {"skyvarn": "flyskyvarn", "acme": "acmehelp"}


def identities(spark: SparkSession, *payloads: dict[str, Any]) -> dict[str, Row]:
    rows = records(spark, *[a_record(payload, offset) for offset, payload in enumerate(payloads)])
    found = build_identities(rows, HANDLES, build_key_frame(spark, SECRET)).collect()
    return {row.author_id: row for row in found}


def test_only_who_called_a_brand_in_own_words_is_known(spark: SparkSession) -> None:
    v1 = {
        "id_str": "5",
        "text": "@AcmeHelp hi",
        "user": {"id_str": "6", "screen_name": "Old_Heron"},
        "entities": {"user_mentions": [{"screen_name": "AcmeHelp", "id_str": "9"}]},
    }
    found = identities(
        spark,
        calling("FlySkyvarn", "AcmeHelp"),
        calling("somebody", author_id="2"),
        calling(author_id="3"),
        calling("FlySkyvarn", author_id="4", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
        calling("flyskyvarn", author_id="5", referenced_tweets=[{"type": "quoted", "id": "1"}]),
        v1,
        v1 | {"user": {"id_str": "7", "screen_name": "Echo"}, "retweeted_status": {"id_str": "1"}},
    )
    assert {number: (row.handle, row.brands) for number, row in found.items()} == {
        "4001": ("Quiet_Otter", ["acme", "skyvarn"]),
        "5": ("Quiet_Otter", ["skyvarn"]),
        "6": ("Old_Heron", ["acme"]),
    }


def test_a_run_reads_what_is_new_and_keeps_the_newest_handle_and_every_brand(
    spark: SparkSession, offline_settings: Settings
) -> None:
    slug, handle = BRAND
    create_table(spark, offline_settings, "bronze.tweets")
    land(spark, offline_settings, a_record(calling(str(handle)), 0))
    assert identify_authors.run(spark, offline_settings, asked()) == 1
    later = NOON + timedelta(days=1)
    renamed = calling(str(handle).upper(), username="Loud_Otter")
    land(spark, offline_settings, a_record(renamed, 1, kafka_at=later, ingested_at=later))
    land(spark, offline_settings, a_record(calling(str(handle), author_id="8"), 2, kafka_at=later, ingested_at=later))
    assert identify_authors.run(spark, offline_settings, asked()) == 2
    rows = stored_rows(offline_settings, identify_authors.TABLE)
    assert {(row.author_id, row.handle, tuple(row.brands)) for row in rows} == {
        ("4001", "Loud_Otter", (slug,)),
        ("8", "Quiet_Otter", (slug,)),
    }
