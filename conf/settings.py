"""Settings: base.yaml < overlay < environment, frozen and checked. The only file that reads the environment.

An unknown key is an error that names it; secrets are read from the environment alone and never print.
"""

import json
import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, SecretStr, ValidationError

from conf import sections, tickets
from conf.overlays import merge, parse_yaml, read_overlay
from conf.sections import AnnotateTweets, Kafka, MeasureDrift, Section, X
from conf.serving import Serving
from runtime.errors import MissingPrerequisite, UsageError
from runtime.resources import PROJECT, read_resource

__all__ = ["AnnotateTweets", "Kafka", "MeasureDrift", "Secrets", "Settings", "X", "load_settings", "under_spark_submit"]

PREFIX = "BRANDPULSE__"
_FROM_STACK = 'for the embedded stack, eval "$(.venv/bin/python -m stack env)" sets it'
_FROM_HELP_DESK = "the help desk that dispatch_tickets.adapter names gives it"
_FROM_MAIL = "whoever runs the mail server of deliver_alerts.smtp_host gives it"
_FROM_X = (
    "make an app in X's developer portal (https://developer.x.com/en/portal/dashboard) and copy it from the app's "
    '"Keys and tokens"; for the emulator, eval "$(.venv/bin/python -m stack env)" sets it'
)


def _secret(meaning: str) -> Any:
    return Field(default=None, description=meaning)


class Secrets(Section):
    """What only the environment knows. `required(...)` names the variable that is missing."""

    author_key: SecretStr | None = _secret(
        "the secret of the author keys: a long random text, such as 64 hexadecimal digits"
    )
    author_key_links: SecretStr | None = _secret(
        "the secrets that the author key's was rotated to, the oldest first, with commas between"
    )
    kafka_password: SecretStr | None = _secret("the password of `kafka.sasl_username`")
    mongodb_password: SecretStr | None = _secret("the password of `mongodb.username`")
    database_password: SecretStr | None = _secret("the password of `serving.database_url`")
    django_secret_key: SecretStr | None = _secret(
        "signs the API's sessions; without it one is generated in `<home>/serving/secret_key`"
    )
    webhook_secret: SecretStr | None = _secret("signs webhooks of the desk: `whsec_` and base64")
    zendesk_token: SecretStr | None = _secret("the API token of `dispatch_tickets.zendesk_user`")
    alert_secrets: SecretStr | None = _secret(
        "of the targets of alerts: `<brand>/<target>=<secret>`, with commas between; of a webhook `whsec_` and base64, "
        "of a chat the address that it gave"
    )
    smtp_password: SecretStr | None = _secret("the password of `deliver_alerts.smtp_username`")
    x_bearer_token: SecretStr | None = _secret("reads X: the stream, search, rules, compliance")
    x_consumer_key: SecretStr | None = _secret("posts to X: the app's key")
    x_consumer_secret: SecretStr | None = _secret("posts to X: the app's secret")
    x_access_token: SecretStr | None = _secret("posts to X: the account's token")
    x_access_token_secret: SecretStr | None = _secret("posts to X: the secret of the account's token")

    def required(self, name: str) -> str:
        """Return the secret's value; MissingPrerequisite names the variable and where its value comes from."""
        value: SecretStr | None = getattr(self, name)
        if value is None or not value.get_secret_value():
            source = _FROM_X if name.startswith("x_") else _FROM_STACK
            source = _FROM_HELP_DESK if name in ("webhook_secret", "zendesk_token") else source
            source = _FROM_MAIL if name == "smtp_password" else source
            raise MissingPrerequisite(f"BRANDPULSE_{name.upper()} is not set in the environment; {source}")
        return value.get_secret_value()

    def author_keys(self) -> tuple[str, ...]:
        """The secrets that author keys are made with, the oldest first; MissingPrerequisite without the first."""
        return (self.required("author_key"), *self._links())

    def known(self) -> list[str]:
        """The values of all secrets that are set: what no log may show."""
        given: list[SecretStr | None] = [getattr(self, name) for name in type(self).model_fields]
        values = [value.get_secret_value() for value in given if value is not None and value.get_secret_value()]
        return [*values, *self._links(), *self.of_alerts().values()]

    def of_alerts(self) -> dict[str, str]:
        """{`<brand>/<target>`: its secret}."""
        pairs = [pair.partition("=") for pair in _listed(self.alert_secrets)]
        return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}

    def _links(self) -> tuple[str, ...]:
        return _listed(self.author_key_links)


def _listed(secret: SecretStr | None) -> tuple[str, ...]:
    """The parts between commas."""
    text = secret.get_secret_value() if secret else ""
    return tuple(part.strip() for part in text.split(",") if part.strip())


class Settings(Section):
    home: Path
    stack_home: Path
    jars: Path
    lake: sections.Lake
    kafka: sections.Kafka
    mongodb: sections.MongoDB
    spark: sections.Spark
    x: sections.X
    collect_archive: sections.CollectArchive
    collect_stream: sections.CollectStream
    collect_search: sections.CollectSearch
    collect_compliance: sections.CollectCompliance
    budget: sections.Budget
    stream_tweets: sections.StreamTweets
    land_tweets: sections.LandTweets
    extract_entities: sections.ExtractEntities
    find_complaints: tickets.FindComplaints
    find_problems: tickets.FindProblems
    extract_details: tickets.ExtractDetails
    annotate_tweets: sections.AnnotateTweets
    annotators: sections.Annotators
    profile_authors: sections.ProfileAuthors
    segment_authors: sections.SegmentAuthors
    summarise_brands: sections.SummariseBrands
    clean_tweets: sections.CleanTweets
    discover_topics: sections.DiscoverTopics
    publish_live: sections.PublishLive
    raise_alerts: sections.RaiseAlerts
    deliver_alerts: sections.DeliverAlerts
    influence: sections.Influence
    export: sections.Export
    measure_drift: sections.MeasureDrift
    compact_lake: sections.CompactLake
    erase_tweets: sections.EraseTweets
    take_in_tickets: tickets.TakeInTickets
    dispatch_tickets: tickets.DispatchTickets
    tracking: sections.Tracking
    serving: Serving
    run: sections.Run
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
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"setting {place}: {message} (base.yaml lists every setting)") from None


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
