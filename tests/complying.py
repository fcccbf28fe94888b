"""A lake without Spark, and the events of the compliance topic, for tests that collect compliance."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from deltalake import write_deltalake

from conf.lake_format import LocalFiles, write_lake_format
from conf.settings import Settings
from conf.tables import table_path
from tests.collecting import records

_PLACE = pa.struct([("place_id", pa.string()), ("longitude", pa.float64())])


class ReceivedEvent(NamedTuple):
    """One event of the topic."""

    name: str
    key: str
    body: dict[str, Any]
    place: tuple[str, str]
    """Its headers source and position."""

    @property
    def subject(self) -> str:
        about = self.body.get("tweet") or self.body["user"]
        return str(about["id"])

    @property
    def reason(self) -> str | None:
        return self.body.get("reason")


def store_tweets(settings: Settings, *ids: str, placed: bool = False, history: list[str] | None = None) -> None:
    """Add these tweets to silver.tweets."""
    place = {"place_id": "p1" if placed else None, "longitude": None}
    columns = {
        "tweet_id": pa.array(ids, pa.string()),
        "edit_history_ids": pa.array([history or [each] for each in ids], pa.list_(pa.string())),
        "place": pa.array([place] * len(ids), _PLACE),
    }
    _append(settings, "silver.tweets", pa.table(columns))


def store_payloads(settings: Settings, *payloads: Any) -> None:
    """Add these payloads to bronze.tweets."""
    values = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in payloads]
    _append(settings, "bronze.tweets", pa.table({"value": pa.array(values, pa.binary())}))


def read_events(settings: Settings) -> list[ReceivedEvent]:
    """Every event in the topic."""
    found = []
    for key, value, headers in records(settings, settings.kafka.compliance_topic):
        ((name, body),) = json.loads(value)["data"].items()
        found.append(ReceivedEvent(name, key, body, (headers["source"], headers["position"])))
    return found


def read_event_names(settings: Settings) -> set[tuple[str, str, str | None]]:
    """(name, id, reason) of every event in the topic."""
    return {(each.name, each.subject, each.reason) for each in read_events(settings)}


def _append(settings: Settings, name: str, rows: pa.Table) -> None:
    """Append to a table of the lake, which gets its format number as by the jobs."""
    write_lake_format(settings, LocalFiles(Path(settings.lake.path)))
    write_deltalake(table_path(settings, name), rows, mode="append")
