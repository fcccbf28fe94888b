"""author_key = HMAC-SHA256(secret, author_id), made of `sha2` alone so that it runs inside Spark SQL.

Source: RFC 2104 (the construction), RFC 4231 (its test vectors, which the tests check). The secret's two padded halves
ride in a one-row frame, never in a literal: literals show in plans and in the event log, rows do not.
"""

from hashlib import sha256

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

BLOCK_BYTES = 64
_KEYS = "author_key_inner binary, author_key_outer binary"


def build_key_frame(spark: SparkSession, secret: str) -> DataFrame:
    """One row: the secret's inner and outer pads. ValueError for an empty secret."""
    if not secret:
        raise ValueError("the secret that author keys are made with is empty")
    return spark.createDataFrame([tuple(bytearray(pad) for pad in _pads(secret.encode("utf-8")))], _KEYS)


def with_keys(df: DataFrame, keys: DataFrame, ids: dict[str, str], id_lists: dict[str, str] | None = None) -> DataFrame:
    """Add columns of keys beside the ids: `ids` and `id_lists` map the new name to the id's; null stays null."""
    return df.crossJoin(F.broadcast(keys)).select(
        *df.columns,
        *(_hmac(F.col(old)).alias(new) for new, old in ids.items()),
        *(F.transform(old, _hmac).alias(new) for new, old in (id_lists or {}).items()),
    )


def with_author_keys(
    df: DataFrame,
    keys: DataFrame,
    ids: dict[str, str],
    id_lists: dict[str, str],
    beside: dict[str, str] | None = None,
) -> DataFrame:
    """Replace columns of ids by columns of keys: `ids` and `id_lists` map the new name to the old one.

    The plain ids do not survive the step, but for those that `beside` adds a key to; null stays null.
    """
    return with_keys(df, keys, ids | (beside or {}), id_lists).drop(*ids.values(), *id_lists.values())


def _hmac(text: Column) -> Column:
    inner = F.unhex(F.sha2(F.concat(F.col("author_key_inner"), F.encode(text, "UTF-8")), 256))
    return F.sha2(F.concat(F.col("author_key_outer"), inner), 256)


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    key = (sha256(secret).digest() if len(secret) > BLOCK_BYTES else secret).ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
