"""Settings: base.yaml < overlay < environment, frozen and checked. The only file that reads the environment.

Unknown keys are refused with their place; secrets are read from the environment alone and never print.
"""

import json
import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from conf.errors import MissingPrerequisite, UsageError
from conf.overlays import merge, parse_yaml, read_overlay
from conf.resources import PROJECT, read_resource

PREFIX = "BRANDPULSE__"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lake(_Section):
    path: str
    checkpoints: str


class Kafka(_Section):
    bootstrap_servers: str
    tweets_topic: str
    compliance_topic: str
    partitions: int = Field(gt=0)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    sasl_username: str | None
    ssl_cafile: str | None
    max_in_flight_bytes: int = Field(gt=0)
    max_record_bytes: int = Field(gt=0)
    timeout_seconds: int = Field(gt=0)
    patience_seconds: int = Field(gt=0)


class MongoDB(_Section):
    uri: str
    database: str
    username: str | None
    keep_versions: int = Field(ge=1)
    batch_size: int = Field(gt=0)
    timeout_seconds: int = Field(gt=0)


class Spark(_Section):
    master: str
    shuffle_partitions: int = Field(gt=0)
    driver_memory: str
    ui: bool
    onnx_threads: int = Field(gt=0)
    event_log: bool


class CollectTweets(_Section):
    rate: float | None = Field(gt=0)
    column_map: str | None


class StreamTweets(_Section):
    trigger_seconds: float = Field(ge=0)
    max_offsets_per_trigger: int = Field(gt=0)
    score_partitions: int = Field(gt=0)


class LandTweets(_Section):
    trigger_seconds: float = Field(ge=0)


class AnnotateTweets(_Section):
    max_text_characters: int = Field(gt=0)
    earliest: str
    max_future_days: int = Field(ge=0)
    reuse_days: int = Field(ge=0)


class Annotators(_Section):
    tweets: str
    use_champion: bool
    entities: str | None
    languages: list[str]
    pipelines: str


class ProfileAuthors(_Section):
    utc_offset_hours: int = Field(ge=-12, le=14)


class SegmentAuthors(_Section):
    min_segments: int = Field(ge=2)
    max_segments: int = Field(ge=2)
    min_authors: int = Field(gt=0)
    smallest_segment: int = Field(gt=0)
    seed: int


class MeasureDrift(_Section):
    min_texts: int = Field(ge=100)  # an aggregate of fewer is not served


class CompactLake(_Section):
    vacuum_hours: int = Field(ge=0)


class Tracking(_Section):
    uri: str


class Run(_Section):
    refresh_minutes: float = Field(gt=0)
    compact_minutes: float = Field(gt=0)
    drift_minutes: float = Field(gt=0)


class Secrets(_Section):
    """What only the environment knows. `required(...)` names the variable that is missing."""

    author_key: SecretStr | None = None
    kafka_password: SecretStr | None = None
    mongodb_password: SecretStr | None = None

    def required(self, name: str) -> str:
        """Return the secret's value; MissingPrerequisite names the variable that should hold it."""
        value: SecretStr | None = getattr(self, name)
        if value is None or not value.get_secret_value():
            raise MissingPrerequisite(
                f"BRANDPULSE_{name.upper()} is not set in the environment; for the embedded stack, "
                'eval "$(.venv/bin/python -m stack env)" sets it'
            )
        return value.get_secret_value()


class Settings(_Section):
    home: Path
    stack_home: Path
    jars: Path
    lake: Lake
    kafka: Kafka
    mongodb: MongoDB
    spark: Spark
    collect_tweets: CollectTweets
    stream_tweets: StreamTweets
    land_tweets: LandTweets
    annotate_tweets: AnnotateTweets
    annotators: Annotators
    profile_authors: ProfileAuthors
    segment_authors: SegmentAuthors
    measure_drift: MeasureDrift
    compact_lake: CompactLake
    tracking: Tracking
    run: Run
    secrets: Secrets

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    def endpoint(self, service: Literal["kafka", "mongodb"]) -> str:
        """Where the broker or the store is: the setting itself, or what the embedded stack wrote down."""
        value = self.kafka.bootstrap_servers if service == "kafka" else self.mongodb.uri
        if value != "embedded":
            return value
        key = {"kafka": "bootstrap_servers", "mongodb": "uri"}[service]
        try:
            state: dict[str, dict[str, str]] = json.loads((self.stack_home / "state.json").read_text("utf-8"))
            return state[service][key]
        except (OSError, ValueError, KeyError) as error:
            raise MissingPrerequisite(
                f"{service}.{key} is 'embedded' but no embedded stack is up in {self.stack_home}; "
                "start one with `.venv/bin/python -m stack up`, or set the address of a real server"
            ) from error


def load_settings(env: str | None = None, overrides: dict[str, Any] | None = None) -> Settings:
    """Read base.yaml, the overlay `env` (a name in conf/ or a path), the environment, then `overrides`.

    Raises UsageError naming the key and the place of whatever is unknown or of the wrong type.
    """
    merged = merge(parse_yaml(read_resource("conf/base.yaml"), "conf/base.yaml"), read_overlay(env))
    merged = merge(merged, _from_environment(os.environ))
    merged = merge(merged, overrides or {})
    try:
        return Settings.model_validate(_with_defaults(merged) | {"secrets": _secrets(os.environ)})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"setting {place}: {first['msg']} (base.yaml lists every setting)") from None


def under_spark_submit() -> bool:
    """True in a driver that spark-submit started: its --master and --conf then take precedence."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def _from_environment(environ: "os._Environ[str]") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(environ):
        if name.startswith(PREFIX):
            value: Any = yaml.safe_load(environ[name])
            for part in reversed(name.removeprefix(PREFIX).lower().split("__")):
                value = {part: value}
            found = merge(found, value)
    return found


def _secrets(environ: "os._Environ[str]") -> dict[str, str]:
    names = {name: f"BRANDPULSE_{name.upper()}" for name in Secrets.model_fields}
    return {name: environ[variable] for name, variable in names.items() if variable in environ}


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """Fill the paths that follow from `home`; relative paths start at the project's folder."""
    home = (PROJECT / str(values["home"])).resolve()
    derived: dict[str, dict[str, Any]] = {
        "lake": {"path": str(home / "lake"), "checkpoints": str(home / "checkpoints")},
        "annotators": {"pipelines": str(home / "annotators")},
        "tracking": {"uri": f"sqlite:///{home}/mlflow/mlflow.db"},
    }
    filled = dict(values)
    for section, defaults in derived.items():
        given = values.get(section)
        if isinstance(given, dict):
            filled[section] = given | {key: text for key, text in defaults.items() if given.get(key) is None}
    paths = {name: str((PROJECT / str(values[name])).resolve()) for name in ("home", "stack_home", "jars")}
    return filled | paths
