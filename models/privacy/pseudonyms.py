"""Pseudonyms: author_key = HMAC-SHA256(secret, author_id), built from `sha2` so that it runs inside Spark SQL.

Source: RFC 2104 (the construction), RFC 4231 (test vectors, which the tests check). The secret's two padded halves are
in a one-row frame, never in a literal: literals show in plans and in the event log, rows do not.

Secrets are rotated by chaining: key n = HMAC(secret n, key n - 1). So a stored key can be rotated without the id, and
an older secret alone does not give the newer keys.
"""

from functools import partial, reduce
from hashlib import sha256

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

BLOCK_BYTES = 64
_INNER, _OUTER = "author_key_inner_", "author_key_outer_"


def build_key_frame(spark: SparkSession, *secrets: str) -> DataFrame:
    """One row: the inner and outer pads of each secret, oldest first. ValueError for an empty secret."""
    if not all(secrets):
        raise ValueError("the secret of the author keys is empty")
    names = [f"{half}{number} binary" for number in range(len(secrets)) for half in (_INNER, _OUTER)]
    pads = tuple(bytearray(pad) for secret in secrets for pad in _pads(secret.encode("utf-8")))
    return spark.createDataFrame([pads], ", ".join(names))


def chain_keys(column: Column, keys: DataFrame, frame: str | None = None) -> Column:
    """The key of an id, or of a key from older secrets; `frame` is the alias of `keys`, if it has one."""
    return reduce(partial(_hmac, frame), range(len(keys.columns) // 2), column)


def with_keys(df: DataFrame, keys: DataFrame, ids: dict[str, str], id_lists: dict[str, str] | None = None) -> DataFrame:
    """Add a key column for each id column: `ids` and `id_lists` map new names to id columns; null stays null."""
    return df.crossJoin(F.broadcast(keys)).select(
        *df.columns,
        *(chain_keys(F.col(old), keys).alias(new) for new, old in ids.items()),
        *(F.transform(old, lambda each: chain_keys(each, keys)).alias(new) for new, old in (id_lists or {}).items()),
    )


def with_author_keys(
    df: DataFrame,
    keys: DataFrame,
    ids: dict[str, str],
    id_lists: dict[str, str],
    beside: dict[str, str] | None = None,
) -> DataFrame:
    """Replace id columns by key columns: `ids` and `id_lists` map new names to old ones; null stays null.

    Drops the plain ids, except those that `beside` only adds a key column for.
    """
    return with_keys(df, keys, ids | (beside or {}), id_lists).drop(*ids.values(), *id_lists.values())


def _hmac(frame: str | None, text: Column, number: int) -> Column:
    inner_pad, outer_pad = (
        F.col(f"{frame}.{half}{number}" if frame else f"{half}{number}") for half in (_INNER, _OUTER)
    )
    inner = F.unhex(F.sha2(F.concat(inner_pad, F.encode(text, "UTF-8")), 256))
    return F.sha2(F.concat(outer_pad, inner), 256)


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    key = (sha256(secret).digest() if len(secret) > BLOCK_BYTES else secret).ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
