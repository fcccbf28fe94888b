"""X's payloads, every spelling: a Kafka record -> one parsed tweet, or the reason why there is none.

Built-in functions only: this runs between Kafka and Delta.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.schemas import METRICS
from conf.settings import AnnotateTweets
from pipelines.sources.kafka import header
from pipelines.sources.payload_schema import CORRUPT, PAYLOAD

TWITTER_EPOCH_MS = 1288834974657
"""Snowflake ids count milliseconds from here in the bits above the 22nd (X's documentation of ids)."""
FIRST_SNOWFLAKE = 30_000_000_000
"""Ids below were handed out one by one, before November 2010, and tell no time."""

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
_V1_TIME = r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4} [0-9]{4}$"


def parse_payloads(records: DataFrame, limits: AnnotateTweets) -> DataFrame:
    """Kafka records -> the same number of rows: the tweet's columns, author ids still plain, and `reason`.

    `reason` is null for a good tweet, else why it was left behind; `detail` names the field. Columns of the record's
    origin (topic, partition, offset, source, position, format, kafka_at) stay.
    """
    return (
        records.transform(_read)
        .select("*", *_tweet_columns())
        .transform(_with_times)
        .withColumn("reason", _reason(limits))
        .withColumn("detail", F.when(F.col("reason") == "wrong_type", _wrong_number()))
        .drop("p", "r", "body")
    )


def _read(records: DataFrame) -> DataFrame:
    body = F.regexp_replace(F.decode("value", "UTF-8"), "^\ufeff", "")
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT}
    return (
        records.select(
            *("topic", "partition", "offset", "kafka_at"),
            *(header(name).alias(name) for name in ("source", "position", "format", "rules")),
            F.length("value").cast("bigint").alias("payload_bytes"),
            body.alias("body"),
        )
        .withColumn("p", F.from_json("body", PAYLOAD, options))
        .withColumn("r", _references())
    )


def _tweet_columns() -> list[Column]:
    author = F.coalesce(_found("p.includes.users", "id", F.col("p.data.author_id")), F.col("p.author"))
    return [
        _first("p.data.id", "p.id_str", "p.id").alias("tweet_id"),
        _first("p.data.author_id", "p.author_id", "p.author.id", "p.user.id_str").alias("author_id"),
        _first("p.data.created_at", "p.created_at").alias("created_text"),
        _first("p.data.lang", "p.lang").alias("lang"),
        _first("p.data.conversation_id", "p.conversation_id").alias("conversation_id"),
        _kind().alias("kind"),
        F.coalesce(_reference("replied_to"), F.col("p.in_reply_to_status_id_str")).alias("replied_to_id"),
        F.coalesce(_reference("quoted"), F.col("p.quoted_status_id_str")).alias("quoted_id"),
        F.coalesce(_reference("retweeted"), F.col("p.retweeted_status.id_str")).alias("retweeted_id"),
        _first("p.data.in_reply_to_user_id", "p.in_reply_to_user_id", "p.in_reply_to_user_id_str").alias(
            "replied_to_author_id"
        ),
        *_texts(),
        _first(
            *("p.data.edit_history_tweet_ids", "p.data.edit_history_post_ids"),
            *("p.edit_history_tweet_ids", "p.edit_history_post_ids"),
        ).alias("edit_history_ids"),
        _metrics().alias("metrics"),
        _listed("hashtags", "tag", "text").alias("hashtags"),
        _listed("urls", "expanded_url").alias("urls"),
        F.coalesce(_entities("mentions")["id"], _entities("user_mentions")["id_str"]).alias("mentioned_author_ids"),
        _place().alias("place"),
        F.when(author.isNotNull(), _v2_author(author)).otherwise(_v1_author()).alias("author"),
        _first("p.data.possibly_sensitive", "p.possibly_sensitive").cast("boolean").alias("is_sensitive"),
        _brands().alias("brands"),
    ]


def _with_times(parsed: DataFrame) -> DataFrame:
    """created_at as given, else what a snowflake id tells; created_on follows the id, so that it never changes."""
    number = F.when(F.col("tweet_id").rlike("^[0-9]{1,19}$"), F.col("tweet_id").cast("bigint"))
    told = F.when(
        number >= FIRST_SNOWFLAKE,
        F.timestamp_millis(F.shiftright(number, 22) + F.lit(TWITTER_EPOCH_MS)),
    )
    return parsed.select(
        "*",
        number.alias("tweet_number"),
        F.coalesce(_time(F.col("created_text")), told).alias("created_at"),
        F.coalesce(told, _time(F.col("created_text"))).cast("date").alias("created_on"),
    )


def _reason(limits: AnnotateTweets) -> Column:
    """The first fault of a record, in the order in which a person would look for it."""
    latest = F.col("kafka_at") + F.expr(f"INTERVAL {limits.max_future_days} DAYS")
    in_range = F.col("created_at").between(F.lit(limits.earliest).cast("timestamp"), latest) & F.col(
        "created_on"
    ).between(F.lit(limits.earliest).cast("date"), latest.cast("date"))
    broken = F.col(f"p.{CORRUPT}").isNotNull()
    faults = [
        (F.col("format") == "oversized", "too_large"),
        (F.col("body").isNull() | (F.trim("body") == ""), "empty"),
        (broken & F.get_json_object("body", "$").isNull(), "not_json"),
        (~F.trim("body").startswith("{"), "not_an_object"),
        (broken, "wrong_type"),
        (F.col("tweet_id").isNull() & F.col("text").isNull(), "not_a_tweet"),
        (F.col("tweet_id").isNull(), "missing_id"),
        (F.col("tweet_number").isNull(), "invalid_id"),
        (F.col("text").isNull(), "missing_text"),
        (F.length("text") > limits.max_text_characters, "text_too_long"),
        (F.col("created_text").isNotNull() & _time(F.col("created_text")).isNull(), "invalid_created_at"),
        (F.col("created_at").isNull(), "missing_created_at"),
        (~in_range, "created_at_out_of_range"),
        (F.col("author_id").isNotNull() & ~F.col("author_id").rlike("^[0-9]{1,19}$"), "invalid_author_id"),
        (_wrong_number().isNotNull(), "wrong_type"),
    ]
    return F.coalesce(*(F.when(condition, F.lit(reason)) for condition, reason in faults))


def _first(*names: str) -> Column:
    return F.coalesce(*(F.col(name) for name in names))


def _found(listed: str, key: str, value: Column) -> Column:
    """The first struct of the array `listed` whose field `key` is `value`; null when there is none."""
    return F.get(F.filter(listed, lambda each: each[key] == value), F.lit(0))


def _references() -> Column:
    return _first("p.data.referenced_tweets", "p.data.referenced_posts", "p.referenced_tweets", "p.referenced_posts")


def _reference(kind: str) -> Column:
    return _found("r", "type", F.lit(kind))["id"]


def _kind() -> Column:
    retweeted = _reference("retweeted").isNotNull() | F.col("p.retweeted_status.id_str").isNotNull()
    replied = _first("p.in_reply_to_status_id_str", "p.data.in_reply_to_user_id", "p.in_reply_to_user_id_str")
    quoted = F.coalesce(_reference("quoted"), F.col("p.quoted_status_id_str"))
    return (
        F.when(retweeted, "retweet")
        .when(_reference("replied_to").isNotNull() | replied.isNotNull(), "reply")
        .when(quoted.isNotNull(), "quote")
        .otherwise("tweet")
    )


def _texts() -> list[Column]:
    """`text` and `is_truncated`. A retweet's own text is cut by X: the full one is in the tweet that it repeats.

    Without that one, the leading `RT @name: ` goes, so that copies of a retweet carry the same text.
    """
    referenced = _reference("retweeted")
    included = F.coalesce(
        _found("p.includes.tweets", "id", referenced),
        _found("p.includes.posts", "id", referenced),
    )
    original = F.coalesce(
        included["note_tweet"]["text"],
        included["note_post"]["text"],
        included["text"],
        _found("r", "type", F.lit("retweeted"))["text"],
        *(F.col(f"p.retweeted_status.{name}") for name in ("extended_tweet.full_text", "full_text", "text")),
    )
    own = _first(
        *("p.data.note_tweet.text", "p.data.note_post.text", "p.note_tweet.text", "p.note_post.text"),
        *("p.extended_tweet.full_text", "p.full_text", "p.data.text", "p.text"),
    )
    stripped = F.regexp_replace(own, "^RT @[A-Za-z0-9_]{1,15}: ", "")
    retweeted = _kind() == "retweet"
    cut = retweeted & original.isNull() & F.rtrim(own).endswith("\u2026")
    return [
        F.when(retweeted, F.coalesce(original, stripped)).otherwise(own).alias("text"),
        F.coalesce(cut, F.lit(False)).alias("is_truncated"),
    ]


def _raw_metrics() -> dict[str, Column]:
    """Each metric as written, wherever a payload may hold it: v2 under public_metrics, v1.1 at the top."""
    renamed = {"retweet_count": ["repost_count"]}
    v1 = {
        "like_count": ["favorite_count"],
        **{f"{each}_count": [f"{each}_count"] for each in ("retweet", "reply", "quote")},
    }
    return {
        name: _first(
            *(
                f"p.{place}.{each}"
                for each in [name, *renamed.get(name, [])]
                for place in ("data.public_metrics", "public_metrics")
            ),
            *(f"p.{each}" for each in v1.get(name, [])),
        )
        for name in METRICS.fieldNames()
    }


def _metrics() -> Column:
    return F.struct(*(_number(raw).alias(name) for name, raw in _raw_metrics().items()))


def _wrong_number() -> Column:
    """The name of the first count that is there but is no number."""
    return F.coalesce(
        *(F.when(raw.isNotNull() & _number(raw).isNull(), F.lit(name)) for name, raw in _raw_metrics().items())
    )


def _number(raw: Column) -> Column:
    """A count as written, also as `16264.0`; X sends a few below zero, which mean none."""
    number = raw.cast("double").cast("bigint")
    return F.when(number < 0, F.lit(0)).otherwise(number)


def _time(text: Column) -> Column:
    v1 = F.to_timestamp(F.substring(text, 5, 26), "MMM dd HH:mm:ss Z yyyy")
    return F.when(text.rlike(_ISO), text.cast("timestamp")).when(text.rlike(_V1_TIME), v1)


def _entities(name: str) -> Column:
    return _first(*(f"p.{place}.{name}" for place in ("data.entities", "extended_tweet.entities", "entities")))


def _listed(name: str, *fields: str) -> Column:
    entities = _entities(name)
    return F.filter(F.coalesce(*(entities[field] for field in fields)), lambda each: each.isNotNull())


def _place() -> Column:
    included = _found("p.includes.places", "id", F.col("p.data.geo.place_id"))
    point = _first("p.data.geo.coordinates.coordinates", "p.coordinates.coordinates")
    longitude, latitude = (F.get(point, F.lit(index)).cast("double") for index in (0, 1))
    # [0, 0] is what a phone without a fix sends.
    nowhere = (longitude == 0) & (latitude == 0)
    fields = {
        "place_id": _first("p.data.geo.place_id", "p.place.id", "p.geo.id"),
        "full_name": F.coalesce(included["full_name"], F.col("p.place.full_name"), F.col("p.geo.full_name")),
        "country_code": F.coalesce(
            included["country_code"], F.col("p.place.country_code"), F.col("p.geo.country_code")
        ),
        "longitude": F.when(~nowhere, longitude),
        "latitude": F.when(~nowhere, latitude),
    }
    return F.struct(*(column.alias(name) for name, column in fields.items()))


def _v2_author(author: Column) -> Column:
    metrics = author["public_metrics"]
    return F.struct(
        _number(metrics["followers_count"]).alias("followers_count"),
        _number(metrics["following_count"]).alias("following_count"),
        _number(F.coalesce(metrics["tweet_count"], metrics["post_count"])).alias("tweet_count"),
        _number(metrics["listed_count"]).alias("listed_count"),
        author["verified"].cast("boolean").alias("is_verified"),
        _time(author["created_at"]).alias("created_at"),
        F.nullif(F.trim(author["location"]), F.lit("")).alias("location"),
    )


def _v1_author() -> Column:
    author = F.col("p.user")
    return F.struct(
        _number(author["followers_count"]).alias("followers_count"),
        _number(author["friends_count"]).alias("following_count"),
        _number(author["statuses_count"]).alias("tweet_count"),
        _number(author["listed_count"]).alias("listed_count"),
        author["verified"].cast("boolean").alias("is_verified"),
        _time(author["created_at"]).alias("created_at"),
        F.nullif(F.trim(author["location"]), F.lit("")).alias("location"),
    )


def _brands() -> Column:
    """The rule tags `brand:<slug>` of the record's headers and of the payload's own matching rules."""
    tags = F.concat(
        F.split(F.coalesce("rules", F.lit("")), ","),
        F.coalesce(F.col("p.matching_rules")["tag"], F.array().cast("array<string>")),
    )
    branded = F.filter(tags, lambda tag: tag.startswith("brand:"))
    return F.array_sort(F.array_distinct(F.transform(branded, lambda tag: F.substring_index(tag, ":", -1))))
