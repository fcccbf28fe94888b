"""X's batch compliance jobs: create one per kind, upload ids, poll until it is complete, download the results.

Our jobs are found by their name, so a job that was created just before a kill is adopted.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import requests
import tweepy

from conf.settings import Settings
from pipelines.sources.x.clients import OnResponse, open_client
from pipelines.sources.x.retry import Retrier

logger = logging.getLogger("brandpulse.collect_compliance")

CREATED, COMPLETE = "created", "complete"
LOST = ("failed", "expired")
_RUNNING = (CREATED, "in_progress")
_BUSY = (408, 425, 429)
_CHUNK_BYTES = 1 << 16


class JobLost(Exception):
    """X has deleted the job, or it failed, or its URLs expired: the ids must be uploaded again."""


@dataclass(frozen=True)
class Job:
    """One job as X reports it; `kind` is tweets or users. The URLs contain a signature: they are never logged."""

    id: str
    kind: str
    status: str
    upload_url: str
    download_url: str


class JobClient:
    """The calls about jobs; temporary failures are retried. Stopped when the process is stopped."""

    def __init__(self, settings: Settings, retrier: Retrier, name: str, on_response: OnResponse | None = None) -> None:
        self._client: tweepy.Client = open_client(settings, on_response)
        self._retrier, self._name = retrier, name
        self._timeout = (settings.x.connect_timeout_seconds, settings.x.read_timeout_seconds)
        # The storage is not X: it gets no token, and nothing from a proxy or .netrc of the environment.
        self._storage = requests.Session()
        self._storage.trust_env = False

    def open(self, kind: str) -> Job:
        """Our running job, or a new one; waits while another program's job runs (409)."""
        return self._retrier.call(partial(self._adopt_or_create, kind))

    def look(self, job_id: str) -> Job:
        """The current state of the job. JobLost when X does not know it."""
        return self._retrier.call(partial(self._look, job_id))

    def upload(self, job: Job, ids: BinaryIO) -> None:
        """Upload the ids, one per line. JobLost when the URL has expired."""

        def put() -> None:
            ids.seek(0)
            headers = {"Content-Type": "text/plain"}
            _check(self._storage.put(job.upload_url, data=ids, headers=headers, timeout=self._timeout))

        self._retrier.call(put)

    def download(self, job: Job, results: BinaryIO) -> None:
        """Write the results, one JSON object per line. JobLost when the URL has expired."""

        def get() -> None:
            results.seek(0)
            results.truncate()
            with self._storage.get(job.download_url, stream=True, timeout=self._timeout) as response:
                _check(response)
                for chunk in response.iter_content(_CHUNK_BYTES):
                    results.write(chunk)

        self._retrier.call(get)
        results.seek(0)

    def _adopt_or_create(self, kind: str) -> Job:
        ours = next(iter(self._ours(kind)), None)
        if ours:
            logger.info("job=%s is still running and is resumed", ours.id)
            return ours
        response: dict[str, Any] = self._client.create_compliance_job(kind, name=self._name)
        return _job(response["data"])

    def _ours(self, kind: str) -> Iterator[Job]:
        response: dict[str, Any] = self._client.get_compliance_jobs(kind)
        for row in response.get("data") or ():
            if row.get("name") == self._name and row.get("status") in _RUNNING:
                yield _job(row)

    def _look(self, job_id: str) -> Job:
        try:
            response: dict[str, Any] = self._client.get_compliance_job(job_id)
        except tweepy.NotFound as error:
            raise JobLost("X does not know the job") from error
        return _job(response["data"])


def _job(row: dict[str, Any]) -> Job:
    return Job(row["id"], row["type"], row["status"], row["upload_url"], row["download_url"])


def _check(response: requests.Response) -> None:
    """A busy storage is retried; a rejected request would be rejected again."""
    if response.status_code in _BUSY or response.status_code >= 500:
        raise requests.ConnectionError(f"the storage returned {response.status_code}")
    if response.status_code >= 400:
        raise JobLost(f"the storage returned {response.status_code}")
