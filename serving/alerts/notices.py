"""What is sent about an incident, in words and as data: aggregates of gold.alerts, no text of a tweet and no author."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serving.alerts.models import AlertNotice
from serving.desk.models import Delivery

KINDS = {
    "volume_spike": "Many tweets",
    "sentiment_drop": "Sentiment fell",
    "complaint_surge": "Many complaints",
    "silence": "Silence",
    "new_topic": "New topic",
    "rule": "Your rule",
}
OPENED, ENDED = "opened", "ended"
FIGURES = ("observed", "expected", "expected_low", "expected_high", "tweet_count", "author_count")
TIMES = ("started_at", "detected_at", "peak_at", "ended_at")
COLUMNS = ("alert_id", "brand", "kind", "rule_id", *TIMES, *FIGURES, "terms", "topics", "cause", "as_of")
"""Columns of gold.alerts."""


@dataclass(frozen=True)
class Notice:
    """One message. `key`: its idempotency key; `first_key`: that of the message that the incident opened."""

    key: str
    first_key: str
    event: str
    alert_id: str
    brand: str
    facts: Mapping[str, Any]
    page: str

    @property
    def subject(self) -> str:
        """One line: what, of which brand, and whether it is over."""
        title = str(self.facts["title"])
        return f"{self.brand}: {title} – it is over" if self.event == ENDED else f"{self.brand}: {title}"

    @property
    def lines(self) -> list[str]:
        """The message in words."""
        facts = self.facts
        start = _shown(facts["started_at"])
        when = f"From {start} to {_shown(facts['ended_at'])} UTC." if self.event == ENDED else f"Since {start} UTC."
        lines = [when, str(facts["cause"])]
        lines += [f"Topics: {'; '.join(facts['topics'])}"] if facts["topics"] else []
        lines += [f"Words: {', '.join(facts['terms'])}"] if facts["terms"] else []
        return lines + ([self.page] if self.page else [])

    def payload(self, now: datetime) -> dict[str, Any]:
        """The JSON document of a webhook: alert.opened or alert.ended."""
        alert = {"id": self.alert_id, "brand": self.brand, **self.facts, "page": self.page or None}
        return {"type": f"alert.{self.event}", "timestamp": now.isoformat(), "data": {"alert": alert}}


def facts_of(row: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What is sent of a row of COLUMNS."""
    times = {name: row[name].isoformat() if row[name] else None for name in TIMES}
    lists = {name: list(row[name] or ()) for name in ("terms", "topics")}
    return (
        {"kind": row["kind"], "title": title}
        | times
        | {name: row[name] for name in FIGURES}
        | lists
        | {"cause": row["cause"]}
    )


def notice_of(delivery: Delivery, page_url: str | None) -> Notice:
    """The message of a delivery."""
    notice: AlertNotice = delivery.notice
    first = Delivery.objects.filter(notice__alert_id=notice.alert_id, target=delivery.target).order_by("id").first()
    page = f"{page_url.rstrip('/')}/brands/{notice.brand}/alerts/{notice.alert_id}" if page_url else ""
    key = str(delivery.idempotency_key)
    return Notice(
        key,
        str(first.idempotency_key) if first else key,
        notice.event,
        notice.alert_id,
        notice.brand,
        notice.facts,
        page,
    )


def _shown(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
