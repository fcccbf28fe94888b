"""One run of an erasure: the notices that are not done, whom they are about, and which rows of every table that is.

Rows are found by HMAC against restricted.tombstones; how, `conf/tables.py` says for each table, so that one which is
added later is reached as well.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas import OFFSETS, ORIGIN
from conf.settings import Settings
from conf.tables import TABLES
from models.pseudonyms import build_key_frame, with_keys
from models.tombstones import AUTHOR, TWEET, build_index
from pipelines.sources.compliance_subjects import parse_subjects
from pipelines.sources.erased_records import find_named, find_records
from pipelines.sources.lake import read_table, table_exists

NOTICES, TOMBSTONES, RECEIPTS = "bronze.compliance", "restricted.tombstones", "restricted.erasure_receipts"
BRONZE, OBSERVATIONS = "bronze.tweets", "silver.metric_observations"


class Work:
    """One run: the notices that are not done, whom they are about, and what of it is found where."""

    def __init__(self, spark: SparkSession, settings: Settings, options: Options) -> None:
        self.spark, self.settings, self.options = spark, settings, options
        self.keys = build_key_frame(spark, settings.secrets.required("author_key"))
        done = self.read(RECEIPTS).where("erased_at IS NOT NULL").select("event_key")
        open_notices = self.read(NOTICES).where("payload IS NOT NULL")
        self.notices = open_notices.join(done, "event_key", "left_anti").persist()
        keyed = with_keys(parse_subjects(self.notices), self.keys, {"subject_key": "subject_id"})
        self.subjects = keyed.drop("subject_id").persist()
        self.notice_count = self.notices.count()

    def read(self, name: str) -> DataFrame:
        return read_table(self.spark, self.settings, name)

    @cached_property
    def index(self) -> DataFrame:
        """Every subject that is kept out."""
        return self.read(TOMBSTONES).transform(build_index).persist()

    @cached_property
    def records(self) -> DataFrame:
        """Records of bronze that name one. Without a new notice only those that came lately are looked through."""
        since = self.options.as_of - timedelta(days=self.settings.erase_tweets.recheck_days)
        is_whole = self.options.full or self.notice_count > 0
        bronze = self.read(BRONZE).where(F.lit(is_whole) | (F.col("ingested_on") >= F.lit(since.date())))
        named = find_named(bronze, self.keys, self.index).persist()
        limits = self.settings.annotate_tweets
        records = find_records(bronze, named, self.keys, self.index, limits)
        # A record of a tweet that stays has to be counted first, else it would be missing in the equation.
        seen = self.read(OBSERVATIONS).select(*OFFSETS, F.lit(True).alias("is_seen"))
        known = records.join(seen, [*OFFSETS], "left")
        return known.where("is_own OR is_rejected OR is_seen").persist()

    @cached_property
    def found(self) -> dict[str, DataFrame]:
        """Of every table that exists and holds rows of a subject: [*key, subject, subject_key], and their origin."""
        ways = {name: table.erasure for name, table in TABLES.items() if table_exists(self.spark, self.settings, name)}
        reached = {name: self.find(name, self.read(name)) for name, way in ways.items() if way in _WAYS}
        return {name: rows.persist() for name, rows in reached.items()}

    def find(self, name: str, rows: DataFrame) -> DataFrame:
        """Those of `rows` of the table `name` that go."""
        table = TABLES[name]
        kept = dict.fromkeys((*table.key, *(each for each in ORIGIN if each in table.schema.fieldNames())))
        return _WAYS[table.erasure](self, rows).select(*kept, "subject", "subject_key")

    def by_id(self, rows: DataFrame, subject: str, column: str) -> DataFrame:
        return self.by_key(with_keys(rows, self.keys, {"subject_key": column}), subject, "subject_key")

    def by_key(self, rows: DataFrame, subject: str, column: str) -> DataFrame:
        named = rows.withColumns({"subject": F.lit(subject), "subject_key": F.col(column)})
        erased = self.index.where("is_erased").select("subject", "subject_key")
        return named.join(F.broadcast(erased), ["subject", "subject_key"])

    def by_offsets(self, rows: DataFrame) -> DataFrame:
        places = self.records.select(*OFFSETS, "subject", "subject_key")
        found = rows.join(F.broadcast(places), [*OFFSETS])
        return found.unionByName(self.by_id(rows, TWEET, "tweet_id")) if "tweet_id" in rows.columns else found


_WAYS: dict[str, Callable[[Work, DataFrame], DataFrame]] = {
    "tweet_id": lambda work, rows: work.by_id(rows, TWEET, "tweet_id"),
    "author_id": lambda work, rows: work.by_id(rows, AUTHOR, "author_id"),
    "author_key": lambda work, rows: work.by_key(rows, AUTHOR, "author_key"),
    "offsets": Work.by_offsets,
}
