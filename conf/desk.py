"""The sections of the settings about the desk: `take_in_tickets` and `dispatch_tickets`."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from conf.sections import Section


class TakeInTickets(Section):
    poll_seconds: float = Field(gt=0)


class DispatchTickets(Section):
    """The help desk that tickets are sent to, and how long and often."""

    adapter: Literal["none", "webhook", "zendesk"]
    url: str | None
    zendesk_user: str | None
    timeout_seconds: float = Field(gt=0)
    threads: int = Field(gt=0, le=64)
    poll_seconds: float = Field(gt=0)
    status_seconds: float = Field(gt=0)
    max_attempts: int = Field(gt=0)
    max_pause_seconds: float = Field(gt=0)
    open_after_failures: int = Field(gt=0)
    open_seconds: float = Field(gt=0)

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
            raise ValueError(f"{url!r} is no address such as https://desk.example (http: on this machine only)")
        if parts.username or parts.password:
            raise ValueError("an address must not contain a user or a password")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _an_adapter_has_what_it_needs(self) -> "DispatchTickets":
        if self.adapter != "none" and self.url is None:
            raise ValueError(f"adapter {self.adapter} needs a url")
        if self.adapter == "zendesk" and self.zendesk_user is None:
            raise ValueError("adapter zendesk needs zendesk_user")
        return self
