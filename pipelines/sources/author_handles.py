"""Author and mentions of a record: the only reader of handles in payloads, for restricted tables only."""

from collections.abc import Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from conf.schemas.shapes import several, shape

_USER = shape(**several("id", "id_str", "username", "screen_name", kind="string"))
_REFERENCES = ArrayType(shape(type="string"))
_MENTIONS = shape(
    mentions=ArrayType(shape(**several("username", "id", kind="string"))),
    user_mentions=ArrayType(shape(**several("screen_name", "id_str", kind="string"))),
)
_SHAPE = shape(
    data=shape(
        author_id="string",
        referenced_tweets=_REFERENCES,
        referenced_posts=_REFERENCES,
        note_tweet="string",
        entities=_MENTIONS,
    ),
    includes=shape(users=ArrayType(_USER)),
    **several("author_id", "retweeted_status", kind="string"),
    author=_USER,
    user=_USER,
    referenced_tweets=_REFERENCES,
    referenced_posts=_REFERENCES,
    entities=_MENTIONS,
    extended_tweet=shape(entities=_MENTIONS),
)
_LISTS = (
    ("p.data.entities.mentions", "username", "id"),
    ("p.entities.mentions", "username", "id"),
    ("p.extended_tweet.entities.user_mentions", "screen_name", "id_str"),
    ("p.entities.user_mentions", "screen_name", "id_str"),
)
"""Where a payload lists its mentions: the list, its fields for the handle and for the account id."""


def read_handles(records: DataFrame) -> DataFrame:
    """bronze.tweets rows -> [author_id, handle, mentioned_handles, seen_at], handles as X spells them.

    Without retweets, and without records that lack their author's handle.
    """
    opened = records.select("kafka_at", F.from_json(F.decode("value", "UTF-8"), _SHAPE).alias("p"))
    author_id = _author_id_of(F.col("p"))
    listed = F.get(F.filter("p.includes.users", lambda each: each["id"] == author_id), F.lit(0))
    rows = opened.where(~_is_retweet()).select(
        author_id.alias("author_id"),
        F.coalesce(listed["username"], F.col("p.author.username"), F.col("p.user.screen_name")).alias("handle"),
        _mentioned_handles().alias("mentioned_handles"),
        F.col("kafka_at").alias("seen_at"),
    )
    return rows.where("author_id IS NOT NULL AND handle IS NOT NULL")


def read_account_ids(records: DataFrame, handles: Mapping[str, str]) -> DataFrame:
    """bronze.tweets rows -> [brand, account_id] of accounts that a record is by or mentions; one row per brand.

    `handles`: {brand: handle without @}. Only the records that contain one of the handles are opened.
    """
    if not handles:
        return records.sparkSession.createDataFrame([], "brand string, account_id string")
    text = F.decode("value", "UTF-8")
    words = F.lower(text)
    asked = {brand: handle.lower() for brand, handle in sorted(handles.items())}
    met = records.where(reduce(or_, (words.contains(handle) for handle in asked.values())))
    opened = met.select("kafka_at", F.from_json(text, _SHAPE).alias("p"))
    named = opened.select("kafka_at", F.explode(_named_accounts()).alias("account")).select("kafka_at", "account.*")
    brand = F.coalesce(*(F.when(F.lower("handle") == handle, brand) for brand, handle in asked.items()))
    rows = named.withColumn("brand", brand).where("brand IS NOT NULL AND account_id IS NOT NULL")
    return rows.groupBy("brand").agg(F.max_by("account_id", "kafka_at").alias("account_id"))


def read_author_ids() -> Column:
    """The account id of the author of a bronze.tweets row; null if the record has none."""
    return F.transform(F.array(F.from_json(F.decode("value", "UTF-8"), _SHAPE)), _author_id_of)[0]


def _author_id_of(payload: Column) -> Column:
    return F.coalesce(
        payload["data"]["author_id"], payload["author_id"], payload["author"]["id"], payload["user"]["id_str"]
    )


def _is_retweet() -> Column:
    references = F.coalesce(
        *(f"p.{place}" for place in ("data.referenced_tweets", "data.referenced_posts")),
        *(f"p.{place}" for place in ("referenced_tweets", "referenced_posts")),
        F.array(),
    )
    named = F.exists(references, lambda each: each["type"].isin("retweeted", "reposted"))
    return F.coalesce(named, F.lit(False)) | F.col("p.retweeted_status").isNotNull()


def _mentioned_handles() -> Column:
    """The handles of all lists of mentions: a truncated v1.1 text mentions fewer than its extended one."""
    return F.array_compact(F.concat(*(F.coalesce(F.col(f"{list_}.{name}"), F.array()) for list_, name, _ in _LISTS)))


def _named_accounts() -> Column:
    """array<struct<handle, account_id>>: the mentioned accounts and the included ones, the author's among them."""
    users = (("p.includes.users", "username", "id"),)
    one = (("p.author", "username", "id"), ("p.user", "screen_name", "id_str"))
    return F.concat(
        *(_accounts(F.col(list_), name, key) for list_, name, key in (*_LISTS, *users)),
        *(_accounts(F.array(user), name, key) for user, name, key in one),
    )


def _accounts(listed: Column, name: str, key: str) -> Column:
    found = F.transform(listed, lambda each: F.struct(each[name].alias("handle"), each[key].alias("account_id")))
    return F.coalesce(found, F.array().cast("array<struct<handle:string,account_id:string>>"))
