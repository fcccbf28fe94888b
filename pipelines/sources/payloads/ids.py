"""Every id in a payload of X, in any form: ids of tweets and of accounts, not distinguished.

By pattern, not by schema: included tweets, references, mentions, quoted links and payloads that cannot be parsed are
searched alike. Fifteen digits and more are an id anywhere; fewer only as the value of a member `…id`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.schemas.shapes import OFFSETS

_ANYWHERE = "(?<![0-9])([0-9]{15,19})(?![0-9])"
_AS_MEMBER = r'"(?:[a-z_]*_)?id(?:_str)?"\s*:\s*"?([0-9]{1,19})(?![0-9])'
PLACE = r'"(?:geo|coordinates|place|places)"\s*:\s*[{\[]'
"""The members of a payload that may contain a location."""


def named_ids(payload: Column) -> Column:
    """Payload as a string -> array of distinct ids as strings; null for null."""
    found = (F.regexp_extract_all(payload, F.lit(pattern), F.lit(1)) for pattern in (_ANYWHERE, _AS_MEMBER))
    return F.array_distinct(F.concat(*found))


def find_named_ids(records: DataFrame) -> DataFrame:
    """BRONZE_TWEETS rows -> OFFSETS, has_place, id: one row per record and id in it."""
    payload = F.decode("value", "UTF-8")
    return records.select(*OFFSETS, payload.rlike(PLACE).alias("has_place"), F.explode(named_ids(payload)).alias("id"))
