"""Which links name somebody: X's own carry the handle of an account or the id of a tweet."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# X's host wherever it stands in a link (archives and redirects carry it, plain or escaped), mirrors of it, and fifteen
# digits and more: an id of X. A t.co link is a number of its own, which names nobody.
_NAMING = r"(?:(?<![a-z0-9\-])|(?<=%2f))(?:(?:[a-z]{0,2}twitter|(?:fixup)?x)\.com|nitter)(?![a-z0-9\-])|[0-9]{15}"


def names_somebody(link: Column) -> Column:
    """True for a link that leads to X, or tells an id of X; null for null."""
    return F.lower(link).rlike(_NAMING)
