"""How clients of the document store are set: plain values, so that executors can be sent them."""

from dataclasses import dataclass, field
from typing import Any

from conf.settings import Settings

LONGEST_ATTEMPT_MS = 3000
"""How long one attempt looks for a server at most; the callers' back-off decides how often one tries."""


@dataclass(frozen=True)
class StoreAddress:
    """Where the store is and as whom to call; it prints without its URI and password, both may hold secrets."""

    database: str
    uri: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: int = 30

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments of a MongoClient: every wait bounded, writes on disk of a majority, UTC times."""
        attempt_ms = min(LONGEST_ATTEMPT_MS, self.timeout_seconds * 1000 // 3)
        login = {"username": self.username, "password": self.password} if self.username else {}
        return login | {
            "host": self.uri,
            "serverSelectionTimeoutMS": attempt_ms,
            "connectTimeoutMS": attempt_ms,
            "socketTimeoutMS": self.timeout_seconds * 1000,
            "maxPoolSize": 8,
            "w": "majority",
            "journal": True,
            "readConcernLevel": "majority",
            "retryWrites": True,
            "tz_aware": True,
            "appname": "brandpulse",
        }


def store_address(settings: Settings) -> StoreAddress:
    """The address of the settings; MissingPrerequisite where it is the embedded stack's and none is up."""
    return StoreAddress(
        database=settings.mongodb.database,
        uri=settings.endpoint("mongodb"),
        username=settings.mongodb.username,
        password=settings.secrets.required("mongodb_password") if settings.mongodb.username else None,
        timeout_seconds=settings.mongodb.timeout_seconds,
    )
