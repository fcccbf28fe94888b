"""The sections of topics, alerts and influence."""

from typing import Literal

from pydantic import Field, model_validator

from conf.sections.section import Section


class CleanTweets(Section):
    recent_days: int = Field(ge=1)


class DiscoverTopics(Section):
    """How topics are fitted; `min_authors` of each term and topic, of 100 or more, so that nobody can be recognised."""

    min_topics: int = Field(ge=2)
    max_topics: int = Field(ge=2, le=50)
    step: int = Field(ge=1)
    min_authors: int = Field(ge=100)
    days: int = Field(ge=7)
    sample_texts: int = Field(ge=1000)
    refit_days: float = Field(ge=0)
    emerging_hours: float = Field(gt=0)
    recent_days: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**31)

    @model_validator(mode="after")
    def _a_number_to_try(self) -> "DiscoverTopics":
        if self.max_topics < self.min_topics:
            raise ValueError(f"max_topics {self.max_topics} is less than min_topics {self.min_topics}")
        return self


class RaiseAlerts(Section):
    """How incidents are detected; `false_per_week`: how many false alarms a brand may get."""

    seconds: float = Field(gt=0)
    step_minutes: int = Field(ge=1, le=60)
    history_days: int = Field(ge=14)
    false_per_week: float = Field(gt=0)
    min_tweets: int = Field(ge=1)
    min_authors: int = Field(ge=100)
    quiet_hours: float = Field(ge=0)
    silence_minutes: float = Field(gt=0)


class DeliverAlerts(Section):
    """How messages about incidents are sent; conf.brand.alert_targets says to whom."""

    poll_seconds: float = Field(gt=0)
    max_age_hours: float = Field(gt=0)
    page_url: str | None
    smtp_host: str | None
    smtp_port: int = Field(gt=0, le=65535)
    smtp_security: Literal["starttls", "tls", "none"]
    smtp_username: str | None
    sender: str | None

    @model_validator(mode="after")
    def _passwords_are_encrypted(self) -> "DeliverAlerts":
        if self.smtp_host and self.smtp_security == "none" and self.smtp_host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("smtp_security none would send alerts in the clear: use starttls or tls")
        if self.smtp_host and not self.sender:
            raise ValueError("smtp_host needs a sender")
        return self


class Influence(Section):
    window_days: int = Field(ge=7)  # the back-test needs a week before the last
    min_followers: int = Field(ge=0)
    min_posts: int = Field(ge=1)
    watch_seconds: float = Field(gt=0)
