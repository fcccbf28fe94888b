"""Authors who mentioned a brand by its handle: their records, and the options of the jobs about one person."""

from typing import Any

from pyspark.sql import SparkSession

from conf.brand.files import read_brands
from conf.command_line import Options
from conf.settings import Settings
from pipelines.privacy import identify_authors
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sources.lake import read_table
from tests.builders import NOON, a_payload, a_record, a_tweet, an_author, records, tweets
from tests.stored import stored_rows

BRAND = next((slug, brand.handle) for slug, brand in read_brands().items() if brand.handle)


def calling(*handles: str, author_id: str = "4001", username: str = "Quiet_Otter", **data: Any) -> dict[str, Any]:
    entities = {"mentions": [{"username": handle, "id": "9"} for handle in handles]}
    payload = a_payload(author_id=author_id, entities=entities, **data)
    return payload | {"includes": {"users": [an_author("77"), an_author(author_id, username=username)]}}


def asked(**extra: Any) -> Options:
    return Options(None, None, NOON, 1, dry_run=extra.pop("dry_run", False), full=False, extra=extra)


def land(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    append_rows(records(spark, *rows), settings, "bronze.tweets")


def fill(spark: SparkSession, settings: Settings) -> None:
    """One author with two tweets, one of them with entities; another with one."""
    for name in ("bronze.tweets", "silver.tweets", "silver.tweet_entities"):
        create_table(spark, settings, name)
    handle = str(BRAND[1])
    said = calling(handle, id="1"), calling(handle, id="3", author_id="8", username="b")
    land(spark, settings, a_record(said[0], 0), a_record(said[1], 1))
    identify_authors.run(spark, settings, asked())
    known = {row.author_id: row.author_key for row in stored_rows(settings, identify_authors.TABLE)}
    own, other = known["4001"], known["8"]
    rows = [
        a_tweet(tweet_id="1", author_key=own),
        a_tweet(tweet_id="2", author_key=own),
        a_tweet(tweet_id="3", author_key=other),
    ]
    append_rows(tweets(spark, *rows), settings, "silver.tweets")
    entities = read_table(spark, settings, "silver.tweet_entities")
    found = spark.createDataFrame([("1", None, "h", [], "v", None), ("3", None, "h", [], "v", None)], entities.schema)
    append_rows(found, settings, "silver.tweet_entities")
