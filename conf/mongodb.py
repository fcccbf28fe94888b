"""Address and client options of the document store: plain values, which can be sent to executors."""

from dataclasses import dataclass, field
from typing import Any

from conf.settings import Settings

MAX_ATTEMPT_MS = 3000
"""How long one attempt waits for a server; the callers' back-off decides how often to retry."""


@dataclass(frozen=True)
class StoreAddress:
    """Address and login of the store; prints without URI and password, which may contain secrets."""

    database: str
    uri: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: int = 30

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments of a MongoClient: every wait bounded, writes on disk of a majority, UTC times."""
        attempt_ms = min(MAX_ATTEMPT_MS, self.timeout_seconds * 1000 // 3)
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
    """The address from the settings; MissingPrerequisite if it is the embedded stack's and that is not running."""
    return StoreAddress(
        database=settings.mongodb.database,
        uri=settings.endpoint("mongodb"),
        username=settings.mongodb.username,
        password=settings.secrets.required("mongodb_password") if settings.mongodb.username else None,
        timeout_seconds=settings.mongodb.timeout_seconds,
    )
