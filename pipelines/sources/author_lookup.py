"""Who is asked about: by handle among those who called a brand, or by account id. For audited uses alone."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.errors import BadInput, UsageError
from conf.settings import Settings
from models.pseudonyms import build_key_frame, with_author_keys
from pipelines.sources.lake import read_table

IDENTITIES = "restricted.author_identities"


def find_author(spark: SparkSession, settings: Settings, asked: dict[str, str | None]) -> DataFrame:
    """[author_id, author_key] of who is asked about; several where a handle passed from one account to another."""
    account, handle = asked["author_id"], (asked["handle"] or "").removeprefix("@").lower()
    if bool(account) == bool(handle):
        raise UsageError("name the author by --handle or by --author-id, not by both")
    if handle:
        known = read_table(spark, settings, IDENTITIES).where(F.lower("handle") == handle)
        if known.isEmpty():
            raise BadInput("nobody of that handle has called a brand: run jobs.identify_authors, or ask by --author-id")
        return known.select("author_id", "author_key")
    keys = build_key_frame(spark, settings.secrets.required("author_key"))
    one = spark.createDataFrame([(account, account)], "author_id string, plain string")
    return with_author_keys(one, keys, {"author_key": "plain"}, {})
