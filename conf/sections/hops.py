"""The sections of stores, services and hops, but for those of insights.py."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from conf.sections.section import Section


class Lake(Section):
    path: str
    checkpoints: str


class Kafka(Section):
    bootstrap_servers: str
    tweets_topic: str
    compliance_topic: str
    partitions: int = Field(gt=0)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    sasl_username: str | None
    ssl_cafile: str | None
    retention_hours: float = Field(gt=0)
    segment_minutes: float = Field(gt=0)
    max_in_flight_bytes: int = Field(gt=0)
    max_record_bytes: int = Field(gt=0)
    timeout_seconds: int = Field(gt=0)
    retry_timeout_seconds: int = Field(gt=0)


class MongoDB(Section):
    uri: str
    database: str
    username: str | None
    keep_versions: int = Field(ge=1)
    batch_size: int = Field(gt=0)
    timeout_seconds: int = Field(gt=0)


class Spark(Section):
    master: str
    shuffle_partitions: int = Field(gt=0)
    driver_memory: str = Field(pattern="^[0-9]+[mgMG]$")  # for the JVM, too, which reads no other units
    ui: bool
    onnx_threads: int = Field(gt=0)
    event_log: bool


class X(Section):
    """X's API: where it is, what the account's tier allows, and what reading costs."""

    base_url: str
    connect_timeout_seconds: float = Field(gt=0)
    read_timeout_seconds: float = Field(gt=0)
    retry_timeout_seconds: float = Field(ge=0)
    max_rules: int = Field(gt=0)
    max_rule_characters: int = Field(gt=0)
    max_query_characters: int = Field(gt=0)
    price_per_read: float = Field(ge=0)
    monthly_reads: int = Field(gt=0)

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is no address such as https://api.x.com")
        if parts.username or parts.password:
            raise ValueError("an address must not contain a user or a password")
        return url.rstrip("/")


class CollectArchive(Section):
    rate: float | None = Field(gt=0)
    column_map: str | None


class CollectStream(Section):
    """How the filtered stream is read; seconds are of the clock that `clock_speed` makes run faster in tests."""

    buffer_bytes: int = Field(gt=0)
    silence_seconds: float = Field(gt=0)
    overlap_seconds: float = Field(ge=0)
    max_connects_per_15_minutes: int = Field(gt=0)
    slot_takeover_seconds: float = Field(ge=0)
    low_rate_share: float = Field(ge=0, lt=1)
    metrics_port: int | None = Field(ge=0, le=65535)
    clock_speed: float = Field(gt=0)


class CollectSearch(Section):
    poll_seconds: float = Field(gt=0)
    delay_seconds: float = Field(ge=0)
    window_days: float = Field(gt=0)


class CollectCompliance(Section):
    """How compliance is collected from X; hours and seconds run at `collect_stream.clock_speed`."""

    jobs_hours: float = Field(gt=0)
    job_types: list[Literal["tweets", "users"]] = Field(min_length=1)
    poll_seconds: float = Field(gt=0)
    lookup_hours: float = Field(gt=0)
    streams: list[Literal["tweets", "users"]]
    overlap_seconds: float = Field(ge=0)


class Budget(Section):
    """What may be read in a month: shares of `x.monthly_reads`."""

    price_per_mention: float = Field(ge=0)
    soft_share: float = Field(gt=0, le=1)
    hard_share: float = Field(gt=0, le=1)
    alert_shares: list[float]


class StreamTweets(Section):
    trigger_seconds: float = Field(ge=0)
    max_offsets_per_trigger: int = Field(gt=0)
    score_partitions: int = Field(gt=0)


class ExtractEntities(Section):
    trigger_seconds: float = Field(ge=0)
    max_files_per_trigger: int = Field(gt=0)


class LandTweets(Section):
    trigger_seconds: float = Field(ge=0)


class AnnotateTweets(Section):
    max_text_characters: int = Field(gt=0)
    earliest: str
    max_future_days: int = Field(ge=0)
    batch_seconds: float = Field(gt=0)
    score_cache_days: int = Field(ge=0)


class Annotators(Section):
    tweets: str
    use_champion: bool
    entities: str | None
    languages: list[str]
    pipelines: str


class ProfileAuthors(Section):
    utc_offset_hours: int = Field(ge=-12, le=14)


class SummariseBrands(Section):
    recent_days: int = Field(ge=1)


class PublishLive(Section):
    seconds: float = Field(gt=0)


class SegmentAuthors(Section):
    min_segments: int = Field(ge=2)
    max_segments: int = Field(ge=2)
    min_authors: int = Field(gt=0)
    smallest_segment: int = Field(ge=100)  # a smaller one could be recognised
    sample_authors: int = Field(ge=1000)
    refit_days: float = Field(ge=0)
    seed: int = Field(ge=0, lt=2**31)  # scikit-learn takes no other, and later fits count on from it

    @model_validator(mode="after")
    def _a_number_to_try(self) -> "SegmentAuthors":
        if self.max_segments < self.min_segments:
            raise ValueError(f"max_segments {self.max_segments} is less than min_segments {self.min_segments}")
        return self


class Audiences(Section):
    enabled: bool
    control_share: float = Field(ge=0, le=0.5)


class Export(Section):
    audiences: Audiences
    max_posts_per_day: int = Field(ge=1, le=500)  # the maximum of X's policy
    export_retention_days: float = Field(gt=0)


class MeasureDrift(Section):
    min_texts: int = Field(ge=100)  # an aggregate of fewer is not served


class CompactLake(Section):
    vacuum_hours: int = Field(ge=0)


class EraseTweets(Section):
    """The deadline of an erasure and its steps; hours count from the notice in Kafka."""

    deadline_hours: float = Field(gt=0)
    vacuum_hours: float = Field(ge=0)
    recheck_days: int = Field(ge=1)
    tombstones_seconds: float = Field(ge=0)

    @model_validator(mode="after")
    def _in_time(self) -> "EraseTweets":
        if self.vacuum_hours >= self.deadline_hours:
            raise ValueError(
                f"vacuum_hours {self.vacuum_hours:g} must be less than deadline_hours {self.deadline_hours:g}"
            )
        return self


class Tracking(Section):
    uri: str


class Run(Section):
    refresh_minutes: float = Field(gt=0)
    compact_minutes: float = Field(gt=0)
    identify_minutes: float = Field(gt=0)
    erase_minutes: float = Field(gt=0)
    expire_minutes: float = Field(gt=0)
    archive_minutes: float = Field(gt=0)
    drift_minutes: float = Field(gt=0)
    influence_minutes: float = Field(gt=0)
    collect_stream: bool
    load_collector_state_minutes: float = Field(gt=0)
