"""A small lake with tweets and authors in every table, and notices to erase some of them."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from conf.command_line import Options
from conf.settings import Settings
from conf.tables import TABLES
from pipelines.ingestion import land_compliance, observe_metrics
from pipelines.privacy import erase_tweets
from pipelines.sinks.lake import append_rows, create_table
from tests.builders import a_payload, a_record, a_tweet, records, tweets
from tests.conftest import SECRET
from tests.stored import stored_count, stored_rows

OPTIONS = Options(env=None, brand=None, as_of=datetime.now(UTC), run_id=1, dry_run=False, full=False)
Row = dict[str, Any]


def key_of(plain: str) -> str:
    """The HMAC by which a tombstone knows an id."""
    return hmac.new(SECRET.encode(), plain.encode(), hashlib.sha256).hexdigest()


def put(spark: SparkSession, settings: Settings, name: str, *rows: Row) -> None:
    """Append rows in which only the named columns are not null."""
    create_table(spark, settings, name)
    append_rows(rows_of(spark, name, *rows), settings, name)


def rows_of(spark: SparkSession, name: str, *rows: Row) -> DataFrame:
    """A frame of rows in which only the named columns are not null."""
    schema: StructType = TABLES[name].schema
    return spark.createDataFrame([tuple(row.get(field) for field in schema.fieldNames()) for row in rows], schema)


def store_tweets(spark: SparkSession, settings: Settings, *stored: Row, author: str = "4001") -> None:
    """Store tweets as a run of the stream does: in bronze and silver, observed; `stored` are fields of `a_tweet`.

    A `payload` replaces the default one in bronze; offsets continue from those in bronze.
    """
    first = stored_count(settings, "bronze.tweets")
    landed, rows = [], []
    for number, given in enumerate(stored, start=first):
        fields = dict(given)
        author_id = fields.pop("author_id", author)
        payload = fields.pop("payload", None) or a_payload(id=fields["tweet_id"], author_id=author_id)
        landed.append(a_record(payload, number))
        rows.append(a_tweet(author_key=key_of(author_id), **fields))
    for name in ("bronze.tweets", "silver.tweets"):
        create_table(spark, settings, name)
    append_rows(records(spark, *landed), settings, "bronze.tweets")
    append_rows(tweets(spark, *rows), settings, "silver.tweets")
    observe_metrics.run(spark, settings)


def land_notices(
    spark: SparkSession, settings: Settings, *bodies: tuple[str, Row], at: str = "2026-05-05T00:00:00.000Z"
) -> None:
    """Land notices in X's format: (name, body)."""
    create_table(spark, settings, "bronze.compliance")
    first = stored_count(settings, "bronze.compliance")
    sent = [
        a_record(json.dumps({"data": {name: {"event_at": at} | body}}), number, topic="compliance.v1",
                 headers={"position": f"notices#{number}.0"})
        for number, (name, body) in enumerate(bodies, start=first)
    ]  # fmt: skip
    parsed = land_compliance.parse_notices(records(spark, *sent))
    land_compliance.write_batch(parsed, first, settings=settings)


def erase(spark: SparkSession, settings: Settings) -> int:
    """One run of erase_tweets, after the observations of metrics."""
    observe_metrics.run(spark, settings)
    return erase_tweets.run(spark, settings, OPTIONS)


def column(settings: Settings, name: str, chosen: str) -> list[Any]:
    """The values of a column, in order."""
    return sorted((row[chosen] for row in stored_rows(settings, name)), key=str)


def everything(settings: Settings, but: Sequence[str] = ()) -> str:
    """All rows of all tables except `but`, a line each; bytes as text."""
    rows = (row for name in TABLES if name not in but for row in stored_rows(settings, name))
    return "\n".join(json.dumps(row.asDict(recursive=True), default=_text, ensure_ascii=False) for row in rows)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def records_into(spark: SparkSession, settings: Settings, landed: DataFrame) -> None:
    """Append these records to bronze."""
    create_table(spark, settings, "bronze.tweets")
    append_rows(landed.coalesce(1), settings, "bronze.tweets")
