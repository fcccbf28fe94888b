"""Finds an author by handle, among those who mentioned a brand by its handle, or by account id. Audited uses only."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from models.privacy.pseudonyms import with_author_keys
from runtime.errors import BadInput, UsageError


def find_author(identities: DataFrame, keys: DataFrame, asked: Mapping[str, str | None]) -> DataFrame:
    """[author_id, author_key] of the requested `handle` or `author_id`; several rows if a handle changed owner.

    `identities`: RESTRICTED_AUTHOR_IDENTITIES rows. UsageError unless exactly one of the two is given; BadInput for an
    unknown handle.
    """
    account, handle = asked["author_id"], (asked["handle"] or "").removeprefix("@").lower()
    if bool(account) == bool(handle):
        raise UsageError("name the author by --handle or by --author-id, not by both")
    if handle:
        known = identities.where(F.lower("handle") == handle)
        if known.isEmpty():
            raise BadInput("no author of that handle mentioned a brand: run jobs.identify_authors, or use --author-id")
        return known.select("author_id", "author_key")
    one = keys.sparkSession.createDataFrame([(account, account)], "author_id string, plain string")
    return with_author_keys(one, keys, {"author_key": "plain"}, {})
