"""Tombstones block erased data from being re-ingested: they store HMACs, which are compared with the keys of rows.

A tombstone has a subject (the blocked tweet or author) and a cause (the one that the notice named). They differ when an
erasure cascades: to retweets, to other versions of an edited tweet, to the tweets of an author. A revocation lifts all
tombstones of its cause. An edit erases only older versions, scrub_geo only the place. The tombstone of an older version
names the version that stays (`newest_key`), which is erased if the older one is deleted later.
"""

import time
from collections.abc import Callable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.privacy import AUTHOR, EDIT, SCRUB, TWEET, names_somebody
from models.privacy.pseudonyms import with_keys

KEYED = {"tweet_key": "tweet_id", "retweeted_key": "retweeted_id"}
"""The keys that rows are compared by, in addition to author_key, and the ids that they are derived from."""
REFERENCES = ("conversation_id", "replied_to_id", "quoted_id")
SCRUBBED = (*REFERENCES, "replied_to_author_key", "mentioned_author_keys", "edit_history_ids", "urls", "place")
_SPREAD = ("subject", "subject_key", "kind", "cause_subject", "cause_key", "event_at", "scrubbed_until", "newest_key")


def build_tombstones(subjects: DataFrame) -> DataFrame:
    """[kind, event_at, subject, subject_key, newest_key, scrubbed_until] -> tombstones whose cause is their subject."""
    causes = {"cause_subject": F.col("subject"), "cause_key": F.col("subject_key")}
    newest = [F.max(name).alias(name) for name in ("event_at", "scrubbed_until")]
    newest.append(F.max(F.struct("event_at", "newest_key"))["newest_key"].alias("newest_key"))
    kinds = ("subject", "subject_key", "kind")
    return subjects.groupBy(*kinds).agg(*newest).withColumns(causes).select(*_SPREAD)


def merge_expressions() -> tuple[str, dict[str, str | Column]]:
    """When a new tombstone `s` changes a stored one `t`, and to what.

    A newer notice of the same kind raises the times, so that an older revocation does not lift it.
    """
    times = ("event_at", "scrubbed_until")
    sets: dict[str, str | Column] = {name: F.expr(f"greatest(t.{name}, s.{name})") for name in times}
    gains = " OR ".join(f"coalesce(s.{name} > t.{name}, false)" for name in times)
    return gains, sets | {"newest_key": "s.newest_key"}


def build_index(tombstones: DataFrame) -> DataFrame:
    """One row per subject: [subject, subject_key, is_erased, is_scrubbed, scrubbed_until]."""
    scrubs = F.col("kind") == SCRUB
    return tombstones.groupBy("subject", "subject_key").agg(
        F.bool_or(~scrubs).alias("is_erased"),
        F.bool_or(scrubs).alias("is_scrubbed"),
        F.max("scrubbed_until").alias("scrubbed_until"),
    )


class Tombstones:
    """The index for a stream: cached, read again every `seconds`; a batch costs nothing while there is none."""

    def __init__(self, read: Callable[[], DataFrame], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._index: DataFrame | None = None
        self._read_at: float | None = None

    def index(self) -> DataFrame | None:
        """As `build_index` returns it, at most `seconds` old; None if there are no tombstones."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= self._seconds:
            self._renew(now)
        return self._index

    def _renew(self, now: float) -> None:
        old, self._read_at = self._index, now
        found = self._read().transform(build_index).coalesce(1).persist()
        self._index = found if found.count() else None
        if old is not None:
            old.unpersist()


def spread_tombstones(tweets: DataFrame, keys: DataFrame, tombstones: DataFrame) -> DataFrame:
    """Tombstones of the tweets that the erasure of `tombstones` cascades to, by one step.

    `tweets`: SILVER_TWEETS rows. It cascades from a tweet to its retweets, from an author to their tweets, and between
    all versions of an edited tweet, unless the edit itself erased the older ones.
    """
    rows = with_keys(tweets, keys, KEYED, {"version_keys": "edit_history_ids"})
    versions = F.when(F.size("version_keys") > 1, F.col("version_keys")).otherwise(F.array().cast("array<string>"))
    links = F.concat(
        F.array(_link(TWEET, F.col("retweeted_key")), _link(AUTHOR, F.col("author_key")), _repeated_author()),
        F.transform(versions, lambda each: _link(TWEET, each, is_version=True)),
    )
    linked = rows.select(F.col("tweet_key").alias("new_key"), F.explode(links).alias("link")).select(
        "new_key", "link.*"
    )
    own = rows.select(F.explode(versions).alias("new_key"), *_link_columns(TWEET, "tweet_key", is_version=True))
    old = tombstones.where(F.col("kind") != SCRUB)
    met = linked.unionByName(own).join(F.broadcast(old), ["subject", "subject_key"], how="inner")
    new = met.where(~(F.col("is_version") & (F.col("kind") == EDIT)) & F.col("new_key").isNotNull())
    found = new.withColumns({"subject": F.lit(TWEET), "subject_key": F.col("new_key")})
    grouped = found.groupBy("subject", "subject_key", "kind", "cause_subject", "cause_key")
    return grouped.agg(F.max("event_at").alias("event_at")).transform(_cascaded)


def spread_to_newest(tombstones: DataFrame) -> DataFrame:
    """Tombstones of the versions that an edit kept and whose older version has been erased since."""
    stayed = tombstones.where((F.col("kind") == EDIT) & F.col("newest_key").isNotNull())
    stayed = stayed.select("subject", "subject_key", F.col("newest_key").alias("new_key")).distinct()
    erased = tombstones.where(~F.col("kind").isin(EDIT, SCRUB)).drop("newest_key", "scrubbed_until")
    met = erased.join(F.broadcast(stayed), ["subject", "subject_key"], how="inner")
    return met.withColumn("subject_key", F.col("new_key")).transform(_cascaded)


def keep_lifted(tombstones: DataFrame, undone: DataFrame) -> DataFrame:
    """Tombstones that `undone` [subject, subject_key, event_at, lifted] revokes: of the kind `lifted` and not newer."""
    newest = undone.groupBy(
        F.col("subject").alias("cause_subject"), F.col("subject_key").alias("cause_key"), F.col("lifted").alias("kind")
    ).agg(F.max("event_at").alias("undone_at"))
    return tombstones.join(newest, ["cause_subject", "cause_key", "kind"], how="inner").where("event_at <= undone_at")


def with_erasure(rows: DataFrame, index: DataFrame | None) -> DataFrame:
    """Add `is_erased`, and empty scrubbed places; index None: nothing is erased.

    `rows` have tweet_key, retweeted_key, author_key, kind, created_at, place and mentioned_author_keys.
    """
    if index is None:
        return rows.withColumn("is_erased", F.lit(False))
    known = rows.withColumn("repeated_author_key", _repeated_author()["subject_key"])
    places = [(TWEET, "tweet_key"), (TWEET, "retweeted_key"), (AUTHOR, "author_key"), (AUTHOR, "repeated_author_key")]
    joined = reduce(lambda df, place: df.join(F.broadcast(_about(index, *place)), place[1], how="left"), places, known)
    erased = F.coalesce(*(F.when(F.col(f"{key}_erased"), True) for _, key in places), F.lit(False))
    scrubbed = F.coalesce(F.col("tweet_key_scrubbed"), F.lit(False)) | F.coalesce(
        F.col("created_at") <= F.col("author_key_until"), F.lit(False)
    )
    return joined.select(
        *(name for name in rows.columns if name != "place"),
        erased.alias("is_erased"),
        F.when(~scrubbed, F.col("place")).alias("place"),
    )


def with_scrubbed_references(tweets: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """SILVER_TWEETS rows that reference erased data or have a scrubbed place -> [tweet_id, *SCRUBBED] without these.

    Links to X are removed whomever they name. An erased version leaves a null in edit_history_ids, so that the number
    of edits stays known.
    """
    ids = {f"{name}_key": name for name in REFERENCES}
    rows = with_keys(tweets, keys, KEYED | ids, {"version_keys": "edit_history_ids"})
    named = [F.struct(F.lit(TWEET).alias("subject"), F.col(name).alias("subject_key")) for name in ids]
    named.append(F.struct(F.lit(AUTHOR).alias("subject"), F.col("replied_to_author_key").alias("subject_key")))
    each = [_listed(AUTHOR, "mentioned_author_keys"), _listed(TWEET, "version_keys")]
    met = (
        rows.select("tweet_id", F.explode(F.concat(F.array(*named), *each)).alias("named"))
        .select("tweet_id", "named.*")
        .join(
            F.broadcast(index.where("is_erased").select("subject", "subject_key")),
            ["subject", "subject_key"],
            how="inner",
        )
        .groupBy("tweet_id")
        .agg(F.collect_set("subject_key").alias("erased_keys"))
    )
    named_by = ("place.place_id", "place.full_name", "place.country_code")
    had_place = F.coalesce(*named_by, F.col("place.longitude").cast("string")).isNotNull()
    placed = with_erasure(rows.where(had_place), index.where("is_scrubbed"))
    hidden = placed.where(F.col("place").isNull()).select("tweet_id", F.lit(True).alias("is_hidden"))
    linked = rows.where(F.exists("urls", names_somebody)).select("tweet_id")
    changed = rows.join(
        met.join(hidden, "tweet_id", how="full").join(linked, "tweet_id", how="full"), "tweet_id", how="inner"
    )
    return changed.select("tweet_id", *_scrubbed_columns())


def _scrubbed_columns() -> list[Column]:
    erased = F.coalesce("erased_keys", F.array().cast("array<string>"))
    versions = F.arrays_zip("edit_history_ids", "version_keys")
    return [
        *(F.when(~F.array_contains(erased, F.coalesce(f"{n}_key", F.lit(""))), F.col(n)).alias(n) for n in REFERENCES),
        F.when(
            ~F.array_contains(erased, F.coalesce("replied_to_author_key", F.lit(""))), F.col("replied_to_author_key")
        ).alias("replied_to_author_key"),
        F.filter("mentioned_author_keys", lambda key: ~F.array_contains(erased, key)).alias("mentioned_author_keys"),
        F.transform(
            versions, lambda one: F.when(~F.array_contains(erased, one["version_keys"]), one["edit_history_ids"])
        ).alias("edit_history_ids"),
        F.filter("urls", lambda link: ~names_somebody(link)).alias("urls"),
        F.when(F.col("is_hidden").isNull(), F.col("place")).alias("place"),
    ]


def _listed(subject: str, keys: str) -> Column:
    known = F.coalesce(keys, F.array().cast("array<string>"))
    return F.transform(known, lambda key: F.struct(F.lit(subject).alias("subject"), key.alias("subject_key")))


def _cascaded(rows: DataFrame) -> DataFrame:
    empty = {"scrubbed_until": F.lit(None).cast("timestamp"), "newest_key": F.lit(None).cast("string")}
    return rows.withColumns(empty).select(*_SPREAD)


def _repeated_author() -> Column:
    """The author of the retweeted tweet: X mentions them first."""
    key = F.when(F.col("kind") == "retweet", F.get("mentioned_author_keys", F.lit(0)))
    return _link(AUTHOR, key)


def _link(subject: str, key: Column, *, is_version: bool = False) -> Column:
    return F.struct(F.lit(subject).alias("subject"), key.alias("subject_key"), F.lit(is_version).alias("is_version"))


def _link_columns(subject: str, key: str, *, is_version: bool) -> list[Column]:
    return [F.lit(subject).alias("subject"), F.col(key).alias("subject_key"), F.lit(is_version).alias("is_version")]


def _about(index: DataFrame, subject: str, key: str) -> DataFrame:
    """The index rows of one kind of subject, with columns named after the join key."""
    return index.where(F.col("subject") == subject).select(
        F.col("subject_key").alias(key),
        F.col("is_erased").alias(f"{key}_erased"),
        F.col("is_scrubbed").alias(f"{key}_scrubbed"),
        F.col("scrubbed_until").alias(f"{key}_until"),
    )
