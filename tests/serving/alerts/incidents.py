"""Rows of gold.alerts and a brand with targets, for the tests of their delivery."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from conf.brand.files import Brand, parse_brand
from conf.lake_format import lake_folder, local_lake, write_lake_format
from conf.settings import Settings

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BRAND = "skyvarn"
HOUR = timedelta(hours=1)
_TYPES = {"rule_id": pa.string(), "ended_at": pa.timestamp("us", "UTC")}


def an_incident(number: int = 1, *, minutes: float = 0, lasts: float | None = None, **fields: Any) -> dict[str, Any]:
    """Detected `minutes` after noon; over `lasts` minutes later, or still going on then."""
    start = NOON + timedelta(minutes=minutes)
    end = None if lasts is None else start + timedelta(minutes=lasts)
    given: dict[str, Any] = {"alert_id": f"{number:016x}", "brand": BRAND, "kind": "volume_spike", "rule_id": None}
    given |= {"started_at": start, "detected_at": start, "peak_at": start, "ended_at": end, "as_of": end or start}
    given |= {"observed": 312.0, "expected": 101.0, "expected_low": 60.0, "expected_high": 152.0}
    given |= {"tweet_count": 312, "author_count": 250, "terms": ["strike"], "topics": ["Strike & crew"]}
    return given | {"cause": "312 tweets in an hour, 3.1 times what is usual."} | fields


def write_alerts(settings: Settings, *rows: dict[str, Any]) -> None:
    """What raise_alerts has written so far."""
    lake, names = local_lake(settings), list(rows[0])
    assert lake is not None
    write_lake_format(settings, lake)
    table = pa.table({name: pa.array([row[name] for row in rows], _TYPES.get(name)) for name in names})
    write_deltalake(lake_folder(settings, "gold.alerts"), table, mode="overwrite")


def a_brand(webhook: str = "https://ops.example/hook") -> Brand:
    """With one target of each kind; the e-mails are of complaints alone."""
    return parse_brand(
        f"""
alert_targets:
  - {{name: operations, kind: webhook, url: "{webhook}"}}
  - {{name: chat, kind: slack}}
  - {{name: care, kind: email, to: [care@example.org], only: [complaint_surge]}}
""",
        "skyvarn.yaml",
    )
