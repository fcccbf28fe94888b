"""The settings of ticket candidates and their details."""

from pydantic import Field, field_validator

from conf.sections import Section


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
    problem_hours: float = Field(gt=0)
    problem_authors: int = Field(ge=2)

    @field_validator("brand_complaint_scores")
    @classmethod
    def _scores(cls, scores: dict[str, float]) -> dict[str, float]:
        for brand, score in scores.items():
            if not 0 <= score <= 1:
                raise ValueError(f"{brand}: {score:g} is no score from 0 to 1")
        return scores


class ExtractDetails(Section):
    trigger_seconds: float = Field(ge=0)
    wait_seconds: float = Field(ge=0)
