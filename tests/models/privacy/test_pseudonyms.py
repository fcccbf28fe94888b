"""author_key against the published vectors, and the secret against every place where it might show."""

import hashlib
import hmac
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.privacy.pseudonyms import build_key_frame, with_author_keys
from pipelines.sinks.spark_conf import spark_conf
from tests.conftest import WHOLE_PLANS

# RFC 4231, cases 1, 2 and 6 (keys that are text here), HMAC-SHA-256.
VECTORS = [
    ("\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    ("Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
]


@pytest.mark.parametrize(("secret", "message", "expected"), VECTORS)
def test_keys_are_hmac_sha256_as_rfc_4231_has_it(spark: SparkSession, secret: str, message: str, expected: str) -> None:
    ids = spark.createDataFrame([(message, [message, None])], "author_id string, others array<string>")
    keyed = with_author_keys(ids, build_key_frame(spark, secret), {"key": "author_id"}, {"keys": "others"})
    row = keyed.collect()[0]
    assert (row["key"], row["keys"]) == (expected, [expected, None])
    assert keyed.columns == ["key", "keys"]


def test_a_secret_longer_than_a_block_is_hashed_first(spark: SparkSession) -> None:
    secret = "long " * 40
    ids = spark.createDataFrame([("42",), (None,)], "author_id string")
    keyed = with_author_keys(ids, build_key_frame(spark, secret), {"key": "author_id"}, {})
    expected = hmac.new(secret.encode(), b"42", hashlib.sha256).hexdigest()
    assert [row["key"] for row in keyed.collect()] == [expected, None]


def test_an_empty_secret_is_refused(spark: SparkSession) -> None:
    with pytest.raises(ValueError, match="empty"):
        build_key_frame(spark, "")


def test_the_secret_shows_in_no_plan(spark: SparkSession, tmp_path: Path) -> None:
    secret = "SECRETSECRETSECRETSECRETSECRETSE"
    keys = build_key_frame(spark, secret)
    keyed = with_author_keys(spark.range(3).select(F.col("id").cast("string").alias("i")), keys, {"key": "i"}, {})
    keyed.write.format("parquet").save(str(tmp_path / "keyed"))
    with spark_conf(spark, WHOLE_PLANS):
        plan = keyed._jdf.queryExecution().toString() + keyed._jdf.queryExecution().logical().toJSON()
    traces = [secret.encode(), *(bytes(b ^ x for b in secret.encode()) for x in (0x36, 0x5C))]
    forms = [form for trace in traces for form in _forms(trace)]
    assert [form for form in forms if form in plan] == []


def _forms(trace: bytes) -> list[str]:
    return [trace.decode("latin-1"), trace.hex(), trace.hex().upper(), " ".join(f"{byte:02X}" for byte in trace)]
