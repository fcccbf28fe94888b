"""Every id that a payload of X names, in whatever form it is: ids of tweets and accounts, not told apart.

By pattern, not by schema: an included tweet, a reference, a mention, a quoted link and a payload that cannot be parsed
are looked through alike. Fifteen digits and more are an id anywhere; fewer only as the value of a member `…id`.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

_ANYWHERE = "(?<![0-9])([0-9]{15,19})(?![0-9])"
_AS_MEMBER = r'"(?:[a-z_]*_)?id(?:_str)?"\s*:\s*"?([0-9]{1,19})(?![0-9])'
PLACE = r'"(?:geo|coordinates|place|places)"\s*:\s*[{\[]'
"""Where a payload may say where somebody was."""


def named_ids(payload: Column) -> Column:
    """Text of a payload -> array of distinct ids as text; null for null."""
    found = (F.regexp_extract_all(payload, F.lit(pattern), F.lit(1)) for pattern in (_ANYWHERE, _AS_MEMBER))
    return F.array_distinct(F.concat(*found))
