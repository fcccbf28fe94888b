"""The words of compliance notices, and which links identify an account or a tweet."""

from pyspark.sql import Column
from pyspark.sql import functions as F

TWEET, AUTHOR = "tweet", "author"
"""What a notice or a tombstone is about."""
EDIT, SCRUB = "edit", "scrub_geo"
"""The kinds that do not erase the tweet itself: an edit erases older versions, scrub_geo a place."""

# X's host anywhere in a link (archives and redirects contain it, plain or escaped), mirrors of X, and fifteen or more
# digits: an id of X. The number of a t.co link is not an id and identifies nobody.
_IDENTIFYING = r"(?:(?<![a-z0-9\-])|(?<=%2f))(?:(?:[a-z]{0,2}twitter|(?:fixup)?x)\.com|nitter)(?![a-z0-9\-])|[0-9]{15}"


def names_somebody(link: Column) -> Column:
    """True for a link to X or one that contains an id of X; null for null."""
    return F.lower(link).rlike(_IDENTIFYING)
