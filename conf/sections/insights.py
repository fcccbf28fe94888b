"""The sections of topics, alerts and influence."""

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


class Influence(Section):
    window_days: int = Field(ge=7)  # the back-test needs a week before the last
    min_followers: int = Field(ge=0)
    min_posts: int = Field(ge=1)
    watch_seconds: float = Field(gt=0)
