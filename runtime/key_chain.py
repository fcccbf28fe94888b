"""Author keys without Spark: key n = HMAC-SHA256(secret n, key n - 1), key 0 the id.

The same in Spark: models/privacy/pseudonyms.py.
"""

import hmac
from collections.abc import Sequence
from functools import reduce
from hashlib import sha256


def make_key(secrets: Sequence[str], plain: str) -> str:
    """The key of an id, or of a key made with older secrets: 64 hex digits; `secrets` are in the order of their use."""
    return reduce(lambda key, secret: hmac.new(secret.encode(), key.encode(), sha256).hexdigest(), secrets, plain)


def fingerprint(secrets: Sequence[str]) -> str:
    """16 hex digits by which the same secrets are known again."""
    return make_key(secrets, "brandpulse")[:16]
