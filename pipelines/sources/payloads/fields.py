"""The columns of a tweet as expressions over `p`, the payload read by the tolerant schema.

`r` is the list of references in either spelling. A later path is used where the earlier ones are null.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from conf.privacy import names_somebody
from conf.schemas.shapes import METRICS
from pipelines.sources.payloads.lookups import (
    find_first,
    first_of,
    included_original,
    listed_entities,
    reference_id,
    v1_retweeted,
)

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
_COUNT = r"^\s*([0-9]{1,18})(?:\.0*)?\s*$"
_NEGATIVE = r"^\s*-[0-9.]+\s*$"
_BRAND = r"^brand:([^:]*(?::competitors$)?)"
_V1_TIME = r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4} [0-9]{4}$"


def tweet_columns() -> list[Column]:
    author = F.coalesce(find_first("p.includes.users", "id", F.col("p.data.author_id")), F.col("p.author"))
    return [
        _tweet_id().alias("tweet_id"),
        first_of("p.data.author_id", "p.author_id", "p.author.id", "p.user.id_str", "p.user.id").alias("author_id"),
        first_of("p.data.created_at", "p.created_at").alias("created_text"),
        first_of("p.data.lang", "p.lang").alias("lang"),
        _conversation().alias("conversation_id"),
        _kind().alias("kind"),
        F.coalesce(reference_id("replied_to"), F.col("p.in_reply_to_status_id_str")).alias("replied_to_id"),
        F.coalesce(reference_id("quoted"), F.col("p.quoted_status_id_str")).alias("quoted_id"),
        F.coalesce(reference_id("retweeted"), v1_retweeted()).alias("retweeted_id"),
        first_of("p.data.in_reply_to_user_id", "p.in_reply_to_user_id", "p.in_reply_to_user_id_str").alias(
            "replied_to_author_id"
        ),
        *_texts(),
        _versions().alias("edit_history_ids"),
        _metrics().alias("metrics"),
        listed_entities(("hashtags",), "tag", "text").alias("hashtags"),
        F.filter(listed_entities(("urls",), "expanded_url"), lambda each: ~names_somebody(each)).alias("urls"),
        listed_entities(("mentions", "user_mentions"), "id_str", "id").alias("mentioned_author_ids"),
        _place().alias("place"),
        F.when(author.isNotNull(), _v2_author(author)).otherwise(_v1_author()).alias("author"),
        first_of("p.data.possibly_sensitive", "p.possibly_sensitive").cast("boolean").alias("is_sensitive"),
        _brands().alias("brands"),
    ]


def _tweet_id() -> Column:
    return first_of("p.data.id", "p.id_str", "p.id")


def _conversation() -> Column:
    """The conversation; all versions of an edited tweet that began one are in that of the first version."""
    written = first_of("p.data.conversation_id", "p.conversation_id")
    first_version = F.when(F.size(_versions()) > 1, F.get(_versions(), F.lit(0)))
    return F.coalesce(F.when(written != _tweet_id(), written), first_version, written)


def _versions() -> Column:
    return first_of(
        *("p.data.edit_history_tweet_ids", "p.data.edit_history_post_ids"),
        *("p.edit_history_tweet_ids", "p.edit_history_post_ids"),
    )


def _kind() -> Column:
    # Some tools say that a tweet is a retweet, but not of which.
    retweeted = find_first("r", "type", F.lit("retweeted")).isNotNull() | v1_retweeted().isNotNull()
    replied = first_of("p.in_reply_to_status_id_str", "p.data.in_reply_to_user_id", "p.in_reply_to_user_id_str")
    quoted = F.coalesce(reference_id("quoted"), F.col("p.quoted_status_id_str"))
    return (
        F.when(retweeted, "retweet")
        .when(reference_id("replied_to").isNotNull() | replied.isNotNull(), "reply")
        .when(quoted.isNotNull(), "quote")
        .otherwise("tweet")
    )


def text_column() -> Column:
    """The tweet's text, of a retweet the original's; not masked."""
    return _texts()[0]


def _texts() -> list[Column]:
    """`text`, `text_characters` (of the longer of a retweet's two texts) and `is_truncated`.

    X truncates a retweet's own text: the full text is in the original tweet. Where that is missing, the leading
    `RT @name: ` is removed, so that all copies of a retweet have the same text.
    """
    included = included_original()
    original = F.coalesce(
        included["note_tweet"]["text"],
        included["note_post"]["text"],
        included["text"],
        find_first("r", "type", F.lit("retweeted"))["text"],
        *(F.col(f"p.retweeted_status.{name}") for name in ("extended_tweet.full_text", "full_text", "text")),
    )
    own = first_of(
        *("p.data.note_tweet.text", "p.data.note_post.text", "p.note_tweet.text", "p.note_post.text"),
        *("p.extended_tweet.full_text", "p.full_text", "p.data.text", "p.text"),
    )
    stripped = F.regexp_replace(own, "^RT @[A-Za-z0-9_]{1,15}: ", "")
    retweeted = _kind() == "retweet"
    text = F.when(retweeted & own.isNotNull(), F.coalesce(original, stripped)).otherwise(own)
    cut = retweeted & original.isNull() & F.rtrim(own).endswith("\u2026")
    return [
        text.alias("text"),
        F.greatest(F.length(own), F.length(text)).alias("text_characters"),
        F.coalesce(cut, F.lit(False)).alias("is_truncated"),
    ]


def _raw_metrics() -> dict[str, Column]:
    """Each metric as written, from every path: v2 under public_metrics, v1.1 at the top level."""
    renamed = {"retweet_count": ["repost_count"]}
    v1 = {
        "like_count": ["favorite_count"],
        **{f"{each}_count": [f"{each}_count"] for each in ("retweet", "reply", "quote")},
    }
    return {
        name: first_of(
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


def wrong_type() -> Column:
    """The name of the first field of the wrong type: a count that is no count, a text that is an object or a list.

    A count below zero, of which X sends a few, is absent.

    The schema reads an object or a list as its JSON string, so a text that looks like JSON is parsed again.
    """
    counts = (
        F.when(raw.isNotNull() & _number(raw).isNull() & ~raw.rlike(_NEGATIVE), F.lit(name))
        for name, raw in _raw_metrics().items()
    )
    return F.coalesce(*counts, F.when(F.col("text").rlike(r"^[\[{]") & _is_structure("text"), F.lit("text")))


def _is_structure(name: str) -> Column:
    found = []
    for kind in ("map<string, string>", "array<string>"):
        read = F.from_json("body", f"{name} {kind}, data struct<{name}: {kind}>")
        found.append(F.coalesce(read[name], read["data"][name]).isNotNull())
    return found[0] | found[1]


def _number(raw: Column) -> Column:
    """A count as written, also as `16264.0`; null for a word, a negative number, and one beyond 64 bits."""
    return F.regexp_extract(raw, _COUNT, 1).cast("bigint")


def is_withheld() -> Column:
    """True for a tweet that says of itself that it is withheld: its text may be X's sentence, not the author's."""
    described = first_of("p.data.withheld", "p.withheld")
    countries = F.regexp_replace(F.coalesce("p.withheld_in_countries", F.lit("")), r"[\[\]\s]", "") != ""
    is_v1 = countries | F.coalesce(F.col("p.withheld_copyright") == "true", F.lit(False))
    return (described.isNotNull() & (described != "{}")) | is_v1


def time_of(text: Column) -> Column:
    v1 = F.to_timestamp(F.substring(text, 5, 26), "MMM dd HH:mm:ss Z yyyy")
    return F.when(text.rlike(_ISO), text.cast("timestamp")).when(text.rlike(_V1_TIME), v1)


def _place() -> Column:
    included = find_first("p.includes.places", "id", F.col("p.data.geo.place_id"))
    point = first_of("p.data.geo.coordinates.coordinates", "p.coordinates.coordinates")
    longitude, latitude = (F.get(point, F.lit(index)).cast("double") for index in (0, 1))
    # A phone without a GPS fix sends [0, 0].
    nowhere = (longitude == 0) & (latitude == 0)
    fields = {
        "place_id": first_of("p.data.geo.place_id", "p.place.id", "p.geo.id"),
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
        time_of(author["created_at"]).alias("created_at"),
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
        time_of(author["created_at"]).alias("created_at"),
        F.nullif(F.trim(author["location"]), F.lit("")).alias("location"),
    )


def _brands() -> Column:
    """The brands of the rule tags `brand:<slug>` and `brand:<slug>:<rule>`, in the record's headers and in the payload.

    Mentions of a brand's competitors are not about the brand: they become `<slug>:competitors`.
    """
    tags = F.concat(
        F.split(F.coalesce("rules", F.lit("")), ","),
        F.coalesce(F.col("p.matching_rules")["tag"], F.array().cast("array<string>")),
    )
    branded = F.filter(tags, lambda tag: tag.startswith("brand:"))
    return F.array_sort(F.array_distinct(F.transform(branded, lambda tag: F.regexp_extract(tag, _BRAND, 1))))
