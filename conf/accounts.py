"""Where Django's database is: plain values, for Django itself and for the pipelines, which reach it by SQL."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conf.settings import Settings

WAIT_SECONDS = 10
"""How long a connection waits for the server, or for SQLite's one writer."""


@dataclass(frozen=True)
class ServerAddress:
    """A PostgreSQL server; prints without the password."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)


def accounts_file(settings: Settings) -> Path:
    """The SQLite file, where `serving.database_url` is null."""
    return settings.home / "serving" / "accounts.sqlite3"


def accounts_server(settings: Settings) -> ServerAddress | None:
    """The server of `serving.database_url`; None where it is null."""
    url = settings.serving.database_url
    if url is None:
        return None
    parts, password = urlsplit(url), settings.secrets.database_password
    return ServerAddress(
        host=parts.hostname or "",
        port=parts.port or 5432,
        name=unquote(parts.path.strip("/")),
        user=unquote(parts.username or ""),
        password=password.get_secret_value() if password else "",
    )
