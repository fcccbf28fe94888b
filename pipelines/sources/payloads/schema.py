"""The tolerant schema that reads every payload of X; leaves are strings, so that a wrong type is found, not lost.

Top level: v1.1 statuses and v2 flattened tweets. `data`: v2 tweets. Both spellings of v2 (tweet and post names).
Sources: X's OpenAPI documents 2.166 and 2.167; v1.1's data dictionary.
"""

from pyspark.sql.types import ArrayType, StructType

from conf.schemas.shapes import several, shape

CORRUPT = "_corrupt_record"


def _each(*names: str) -> StructType:
    return shape(**several(*names, kind="string"))


_REFERENCES = ArrayType(_each("type", "id", "text"))
_ENTITIES = shape(
    hashtags=ArrayType(_each("tag", "text")),
    urls=ArrayType(_each("expanded_url")),
    mentions=ArrayType(_each("id", "id_str")),
    user_mentions=ArrayType(_each("id_str", "id")),
)
_NOTE = shape(text="string", entities=_ENTITIES)
_TWEET_METRICS = _each(
    *("retweet_count", "repost_count", "reply_count", "like_count", "quote_count", "bookmark_count"),
    "impression_count",
)
_AUTHOR_METRICS = _each("followers_count", "following_count", "tweet_count", "post_count", "listed_count")
_V2_AUTHOR = shape(**several("id", "created_at", "location", "verified", kind="string"), public_metrics=_AUTHOR_METRICS)
_V1_AUTHOR = _each(
    *("id_str", "id", "created_at", "location", "verified"),
    *("followers_count", "friends_count", "statuses_count", "listed_count"),
)
_PLACE = _each("id", "full_name", "country_code")
_POINT = shape(coordinates="strings")
_INCLUDED_TWEETS = ArrayType(
    shape(**several("id", "text", kind="string"), note_tweet=_NOTE, note_post=_NOTE, entities=_ENTITIES)
)

_V2_TWEET = shape(
    **several("id", "text", "author_id", "created_at", "conversation_id", "in_reply_to_user_id", kind="string"),
    **several("lang", "possibly_sensitive", kind="string"),
    note_tweet=_NOTE,
    note_post=_NOTE,
    referenced_tweets=_REFERENCES,
    referenced_posts=_REFERENCES,
    edit_history_tweet_ids="strings",
    edit_history_post_ids="strings",
    public_metrics=_TWEET_METRICS,
    entities=_ENTITIES,
    withheld="string",
)
_EXTENDED = shape(full_text="string", entities=_ENTITIES)
_V1_REFERENCED = shape(
    **several("id_str", "id", "text", "full_text", kind="string"), extended_tweet=_EXTENDED, entities=_ENTITIES
)

PAYLOAD = StructType(
    [
        *_V2_TWEET.fields,
        *shape(
            data=StructType([*_V2_TWEET.fields, *shape(geo=shape(place_id="string", coordinates=_POINT)).fields]),
            includes=shape(
                users=ArrayType(_V2_AUTHOR),
                tweets=_INCLUDED_TWEETS,
                posts=_INCLUDED_TWEETS,
                places=ArrayType(_PLACE),
            ),
            matching_rules=ArrayType(_each("id", "tag")),
            author=_V2_AUTHOR,
            # The coordinates of v1.1's `geo` are a list, those of v2's an object: only the fields of both are read.
            geo=_PLACE,
            **several("id_str", "full_text", "in_reply_to_status_id_str", "in_reply_to_user_id_str", kind="string"),
            **several("withheld_in_countries", "withheld_copyright", kind="string"),
            **several("quoted_status_id_str", "retweet_count", "favorite_count", "reply_count", kind="string"),
            quote_count="string",
            extended_tweet=_EXTENDED,
            retweeted_status=_V1_REFERENCED,
            user=_V1_AUTHOR,
            place=_PLACE,
            coordinates=_POINT,
        ).fields,
        *shape(**{CORRUPT: "string"}).fields,
    ]
)
