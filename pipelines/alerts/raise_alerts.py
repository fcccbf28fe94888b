"""silver.tweets (change feed), gold.brand_trends, gold.topics -> gold.alerts and MongoDB `alerts`, without Spark.

Every `raise_alerts.seconds` the tweets of each brand's last hour are compared with what is usual in that hour of the
week (models/alerts). An incident is one row, from its start to its end; a restart continues those that last. The first
run looks at the hours of the last four weeks, too, so that the page does not begin empty. Rules come from the brands'
files and from the page, whose database also has who acknowledged what: gold.alerts is written here alone.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.settings import Settings
from models.alerts.baseline import HOUR, build_baseline
from models.alerts.detector import Detector
from models.alerts.evidence import LIST, WINDOWS, find_evidence, new_topics
from models.alerts.history import COLUMNS, hours_by_brand, replay
from models.alerts.incidents import Incident
from models.alerts.recent import Recent, split_by_brand
from models.alerts.rows import Evidence, from_row, to_row
from models.alerts.signals import Limits, chance_of
from pipelines.sinks.lake_rows import merge_plain_rows, read_plain_rows
from pipelines.sinks.mongo_live import replace_newer
from pipelines.sources.accounts import read_alert_rules
from pipelines.sources.lake_changes import read_inserted
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.raise_alerts")

NAME, TABLE = "alerts", "gold.alerts"
SILVER, TRENDS, TOPICS, TOPIC_TRENDS = "silver.tweets", "gold.brand_trends", "gold.topics", "gold.topic_trends"
TWEETS = ["brands", "author_key", "created_at", "sentiment", "complaint"]
REPLAYED_DAYS = 28
LEARNT_EVERY = timedelta(hours=1)
Row = dict[str, Any]


def run(settings: Settings, options: Options) -> None:
    """Look every `raise_alerts.seconds` until SIGTERM; `--once`: one time."""
    stop, watch = threading.Event(), Watch(settings)
    with set_when_told_to_end(stop):
        while not stop.is_set():
            written = watch.look(datetime.now(UTC))
            if written or options.extra.get("once"):
                logger.info("%d alerts written", written)
            if options.extra.get("once"):
                return
            stop.wait(settings.raise_alerts.seconds)


class Watch:
    """What is known of the brands, and the version of silver.tweets that it reaches."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._recent: dict[str, Recent] = defaultdict(Recent)
        self._detectors: dict[str, Detector] = {}
        self._version: int | None = None
        self._learnt_at: datetime | None = None

    def look(self, now: datetime) -> int:
        """Read what came since the last look, judge every brand, write what changed; returns the number of rows."""
        asked = self._settings.raise_alerts
        seen: list[Incident] = []
        if self._learnt_at is None or now - self._learnt_at >= LEARNT_EVERY:
            seen += self._learn(now)
        inserted = read_inserted(self._settings, SILVER, TWEETS, self._version, now - timedelta(hours=1))
        if inserted is not None:
            self._version = inserted.version
            for brand, tweets in split_by_brand(inserted.rows).items():
                self._recent[brand].add(tweets)
        rules = read_alert_rules(self._settings)
        for brand, detector in self._detectors.items():
            seen += detector.use_rules([rule for rule in rules if rule.brand == brand])
            seen += detector.look(self._recent[brand].last_hour(now, asked.min_authors))
        seen += self._new_topics(now)
        return self._write(seen, now)

    def _learn(self, now: datetime) -> list[Incident]:
        """Learn what is usual; the first time also continue stored incidents, or look at the past where none are."""
        asked = self._settings.raise_alerts
        since = now - timedelta(days=asked.history_days)
        filters = [("window", "=", "hour"), ("started_at", ">=", since), ("brand", "!=", NO_BRAND)]
        rows = read_plain_rows(self._settings, TRENDS, (*COLUMNS, "as_of"), filters)
        until = min([now, *sorted(row["as_of"] for row in rows)[-1:]])  # no hour after the last insights is known yet
        stored = read_plain_rows(self._settings, TABLE, ("alert_id",)) if self._learnt_at is None else []
        seen: list[Incident] = []
        for brand, hours in hours_by_brand(rows, until).items():
            if brand not in self._detectors:
                self._detectors[brand] = Detector(brand, self._limits(), timedelta(hours=asked.quiet_hours))
                own = [row for row in rows if row["brand"] == brand]
                seen += [] if stored else self._replay(self._detectors[brand], own, until)
                ends = [hour.started_at + HOUR for hour in hours if hour.tweets]
                self._recent[brand].newest_at = max(ends, default=None)  # a silence may have begun before this process
            self._detectors[brand].baseline = build_baseline(hours, now)
        if self._learnt_at is None:
            self._resume()
        self._learnt_at = now
        return seen

    def _replay(self, detector: Detector, rows: Sequence[Row], now: datetime) -> list[Incident]:
        seen: list[Incident] = []
        for last, baseline in replay(rows, now, REPLAYED_DAYS):
            detector.baseline = baseline
            seen += detector.look(last)
        return seen

    def _resume(self) -> None:
        columns = (
            *("brand", "kind", "rule_id", "rule_version", "started_at", "detected_at", "peak_at", "ended_at"),
            *("observed", "expected", "expected_low", "expected_high", "tweet_count", "author_count", "as_of"),
        )
        found = [from_row(row) for row in read_plain_rows(self._settings, TABLE, columns)]
        for brand, detector in self._detectors.items():
            detector.resume(incident for incident in found if incident.brand == brand)

    def _limits(self) -> Limits:
        asked = self._settings.raise_alerts
        chance = chance_of(asked.false_per_week, asked.step_minutes)
        return Limits(chance, asked.min_tweets, asked.min_authors, asked.silence_minutes)

    def _new_topics(self, now: datetime) -> list[Incident]:
        columns = ("brand", "topic_id", "born_at", "tweet_count", "author_count")
        return new_topics(read_plain_rows(self._settings, TOPICS, columns), now)

    def _write(self, seen: Iterable[Incident], now: datetime) -> int:
        newest = {incident.alert_id: incident for incident in seen}
        known = {row["alert_id"] for row in read_plain_rows(self._settings, TABLE, ("alert_id",))} if newest else set()
        fresh = [one for one in newest.values() if one.kind != "new_topic" or one.alert_id not in known]
        rows = [to_row(one, self._evidence(one), now, self._settings.raise_alerts.min_authors) for one in fresh]
        merge_plain_rows(self._settings, TABLE, rows)
        replace_newer(self._settings, NAME, [row | {"_id": document_id(row)} for row in rows], now)
        return len(rows)

    def _evidence(self, incident: Incident) -> Evidence:
        since = incident.peak.at - timedelta(days=8)
        filters = [("brand", "=", incident.brand), ("started_at", ">=", since)]
        trends = read_plain_rows(self._settings, TOPIC_TRENDS, WINDOWS, filters)
        topics = read_plain_rows(self._settings, TOPICS, LIST, [("brand", "=", incident.brand)])
        return find_evidence(incident, trends, topics)


def document_id(row: Row) -> str:
    """`<brand>:<start>:<alert id>`: a brand's documents are sorted by time."""
    return f"{row['brand']}:{row['started_at']:%Y-%m-%dT%H:%M}:{row['alert_id']}"
