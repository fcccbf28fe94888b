"""Who is asked about: by handle among those who called a brand, or by account id. For audited uses alone."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from models.privacy.pseudonyms import with_author_keys
from runtime.errors import BadInput, UsageError


def find_author(identities: DataFrame, keys: DataFrame, asked: Mapping[str, str | None]) -> DataFrame:
    """[author_id, author_key] of the `handle` or `author_id` asked for; several where a handle passed on.

    `identities`: RESTRICTED_AUTHOR_IDENTITIES rows. UsageError without one way to find the author, or with both;
    BadInput where nobody of that handle is known.
    """
    account, handle = asked["author_id"], (asked["handle"] or "").removeprefix("@").lower()
    if bool(account) == bool(handle):
        raise UsageError("name the author by --handle or by --author-id, not by both")
    if handle:
        known = identities.where(F.lower("handle") == handle)
        if known.isEmpty():
            raise BadInput("nobody of that handle has called a brand: run jobs.identify_authors, or ask by --author-id")
        return known.select("author_id", "author_key")
    one = keys.sparkSession.createDataFrame([(account, account)], "author_id string, plain string")
    return with_author_keys(one, keys, {"author_key": "plain"}, {})
