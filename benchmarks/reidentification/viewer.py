"""The aggregate routes of /api/v1 and the pages as a signed-in viewer reads them: what the attacks search."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.test import Client

from conf.settings import Settings
from serving.settings import set_up
from serving.wsgi import prepare_database

Documents = list[dict[str, Any]]
PAGES = ("", "/sentiment", "/segments")
"""Pages of a brand; those of its segments besides."""
CHART = re.compile(r'<script[^>]* type="application/json">(.*?)</script>', re.DOTALL)
"""The data of a chart, as the page contains them."""
WINDOWS = ("week", "day", "6h", "hour")
SERVING = {"requests_per_minute": 10**9, "allowed_hosts": ["testserver"]}
"""Settings of the section `serving` under which this client may ask as often as it likes."""


class Viewer:
    """A user who may read the aggregates of every brand, in this process."""

    def __init__(self, settings: Settings) -> None:
        set_up(settings)
        prepare_database(settings)
        from serving.accounts.changes import create_token, create_user, grant_role
        from serving.accounts.roles import Role, Scope

        user = create_user("viewer", "only for this measurement")
        grant_role(user, Role.VIEWER, "*")
        _, token = create_token(user, "attack", [Scope.AGGREGATES_READ])
        self._client = Client(headers={"Authorization": f"Bearer {token}"})
        self._browser = Client(headers={"Accept": "text/html"})
        self._browser.force_login(user)

    def read_segments(self, brand: str) -> Documents:
        """The brand's segments, the history of each, and their events."""
        segments = self._rows(f"{brand}/segments")
        history = [self._rows(f"{brand}/segments/{one['segment_id']}/history") for one in segments]
        return [*segments, *(day for days in history for day in days), *self._rows(f"{brand}/segment-events")]

    def read_trends(self, brand: str, start: datetime, end: datetime) -> Documents:
        """Every window of the brand in this time."""
        span = f"from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
        return [row for window in WINDOWS for row in self._rows(f"{brand}/trends?window={window}&{span}")]

    def read_topics(self, brand: str) -> Documents:
        return self._rows(f"{brand}/topics")

    def read_topic_trends(self, brand: str, start: datetime, end: datetime) -> Documents:
        """Every window of every topic in this time, and of the tweets without one."""
        span = f"from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
        return [row for window in WINDOWS for row in self._rows(f"{brand}/topic-trends?window={window}&{span}")]

    def read_alerts(self, brand: str) -> Documents:
        return self._rows(f"{brand}/alerts")

    def read_topic_pages(self, brand: str, topics: Documents, alerts: Documents) -> Documents:
        """What the other resources and the pages of topics and alerts show."""
        paths = ["/topics", "/cleaning", "/alerts", *(f"/topics/{one['topic_id']}" for one in topics)]
        found = self._read(brand, [*paths, *(f"/alerts/{one['alert_id']}" for one in alerts)])
        return [*self._rows(f"{brand}/topic-events"), *self._rows(f"{brand}/cleaning"), *found]

    def read_summary(self, brand: str) -> Documents:
        return [self._get(f"/api/v1/brands/{brand}/summary")["data"]]

    def read_live(self, brand: str) -> dict[str, Any]:
        return self._get(f"/api/v1/brands/{brand}/live")

    def read_pages(self, brand: str) -> Documents:
        """The text of each page of the brand, and the data of each of its charts."""
        segments = [f"/segments/{one['segment_id']}" for one in self._rows(f"{brand}/segments")]
        return self._read(brand, [*PAGES, *segments])

    def _read(self, brand: str, paths: Iterable[str]) -> Documents:
        """The text of each of these pages, and the data of each of their charts."""
        texts = [self._page(f"/brands/{brand}{path}") for path in paths]
        charts = [json.loads(found) for text in texts for found in CHART.findall(text)]
        return [*({"page": text} for text in texts), *({"chart": chart} for chart in charts)]

    def _rows(self, route: str) -> Documents:
        """All pages of a list."""
        rows: Documents = []
        path = f"/api/v1/brands/{route}"
        while path:
            page = self._get(path)
            rows, path = rows + page["data"], page["next"]
        return rows

    def _page(self, path: str) -> str:
        with patch("serving.dashboard.page.is_known", lambda *_: True):  # the attacked brands have no file
            response = self._browser.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status_code} {response.content[:200]!r}")
        return str(response.content.decode())

    def _get(self, path: str) -> dict[str, Any]:
        response = self._client.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status_code} {response.content[:200]!r}")
        found: dict[str, Any] = json.loads(response.content)
        return found
