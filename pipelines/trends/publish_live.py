"""Change feed of silver.tweets -> MongoDB `live`: the last minutes of each brand (models/trends/live.py), no Spark.

The documents are replaced in place. They have no author and no text; a tweet is out of the counts an hour after it was
written, erased or not.
"""

import logging
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from conf.command_line import Options
from conf.settings import Settings
from models.trends.live import WINDOWS, LiveBrand, split_by_brand
from pipelines.sinks.mongo_live import replace_newer
from pipelines.sources.lake_changes import read_inserted
from runtime.signals import set_when_told_to_end

logger = logging.getLogger("brandpulse.publish_live")

NAME, SILVER = "live", "silver.tweets"
COLUMNS = ["brands", "author_key", "created_at", "sentiment"]


def run(settings: Settings, options: Options) -> None:
    """Publish every `publish_live.seconds` until SIGTERM; `--once`: one time."""
    stop, live = threading.Event(), Live(settings)
    with set_when_told_to_end(stop):
        while not stop.is_set():
            published = live.publish(datetime.now(UTC))
            if options.extra.get("once"):
                logger.info("%d brands published as %s", published, NAME)
                return
            stop.wait(settings.publish_live.seconds)


class Live:
    """What is known of the last minutes, and the version of silver.tweets that it reaches."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._brands: dict[str, LiveBrand] = defaultdict(LiveBrand)
        self._version: int | None = None

    def publish(self, now: datetime) -> int:
        """Read what was committed since the last call and publish every brand; returns their number."""
        since = now - timedelta(minutes=WINDOWS[-1])
        inserted = read_inserted(self._settings, SILVER, COLUMNS, self._version, since)
        if inserted is not None:
            self._version = inserted.version
            for brand, tweets in split_by_brand(inserted.rows).items():
                self._brands[brand].add(tweets)
        documents = [live.document(brand, now) for brand, live in sorted(self._brands.items())]
        replace_newer(self._settings, NAME, documents)
        return len(documents)
