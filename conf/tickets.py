"""The settings of tickets: of candidates and their details, of the desk, and of the help desk that it sends to."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from conf.sections import Section


def check_address(url: str) -> str:
    """The address without a slash at its end; ValueError unless it is HTTPS, or HTTP on this machine."""
    parts = urlsplit(url)
    is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        raise ValueError(f"{url!r} is no address such as https://desk.example (http: on this machine only)")
    if parts.username or parts.password:
        raise ValueError("an address must not contain a user or a password")
    return url.rstrip("/")


class FindComplaints(Section):
    """Which tweets become ticket candidates; the scores are those of silver.tweets, 0 to 1."""

    trigger_seconds: float = Field(ge=0)
    max_files_per_trigger: int = Field(gt=0)
    max_sentiment_score: float = Field(ge=0, le=1)
    min_complaint_score: float = Field(ge=0, le=1)
    min_rule_complaint_score: float = Field(ge=0, le=1)
    brand_complaint_scores: dict[str, float]
    max_age_days: float = Field(gt=0)
    conversation_days: int = Field(ge=1)

    @field_validator("brand_complaint_scores")
    @classmethod
    def _scores(cls, scores: dict[str, float]) -> dict[str, float]:
        for brand, score in scores.items():
            if not 0 <= score <= 1:
                raise ValueError(f"{brand}: {score:g} is no score from 0 to 1")
        return scores


class FindProblems(Section):
    """When near-identical complaints are one problem."""

    trigger_seconds: float = Field(ge=0)
    hours: float = Field(gt=0)
    authors: int = Field(ge=2)


class ExtractDetails(Section):
    trigger_seconds: float = Field(ge=0)
    wait_seconds: float = Field(ge=0)


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
        return None if url is None else check_address(url)

    @model_validator(mode="after")
    def _an_adapter_has_what_it_needs(self) -> "DispatchTickets":
        if self.adapter != "none" and self.url is None:
            raise ValueError(f"adapter {self.adapter} needs a url")
        if self.adapter == "zendesk" and self.zendesk_user is None:
            raise ValueError("adapter zendesk needs zendesk_user")
        return self
