"""The section `serving` of the settings."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from conf.sections import Section


class Serving(Section):
    """The API and its own database. Plain HTTP is served on loopback alone; elsewhere a proxy ends TLS."""

    host: str
    port: int = Field(ge=0, le=65535)
    workers: int = Field(gt=0)
    threads: int = Field(gt=0, le=8)  # the connections that a client of the store may open
    allowed_hosts: list[str]
    https_proxies: int = Field(ge=0)
    database_url: str | None
    store_timeout_seconds: int = Field(gt=0)
    session_hours: float = Field(gt=0)
    token_days: int = Field(gt=0)
    audit_days: int = Field(gt=0)
    requests_per_minute: int = Field(gt=0)
    anonymous_requests_per_minute: int = Field(gt=0)
    login_attempts: int = Field(gt=0)
    login_minutes: float = Field(gt=0)

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "postgresql://user@host/name")
        if parts.scheme != "postgresql" or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("not an address such as postgresql://user@host:5432/name")
        if parts.password:
            raise ValueError("an address must not contain a password: BRANDPULSE_DATABASE_PASSWORD has it")
        return url

    @model_validator(mode="after")
    def _plain_http_stays_here(self) -> "Serving":
        if not self.https_proxies and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"host {self.host} would serve plain HTTP to others: set https_proxies, or 127.0.0.1")
        return self
