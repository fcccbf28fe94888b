"""X's batch compliance jobs: one at a time of a kind, fed with ids, asked until it is done, downloaded.

A job of ours is known by its name, so that one that was made just before a kill is found again.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import requests
import tweepy

from conf.settings import Settings
from pipelines.sources.x.asking import Asker
from pipelines.sources.x.clients import OnResponse, open_client

logger = logging.getLogger("brandpulse.collect_compliance")

CREATED, COMPLETE = "created", "complete"
LOST = ("failed", "expired")
_RUNNING = (CREATED, "in_progress")
_BUSY = (408, 425, 429)
_CHUNK_BYTES = 1 << 16


class JobGone(Exception):
    """X has no such job any more, or it failed, or its addresses ran out: the ids must be sent anew."""


@dataclass(frozen=True)
class Job:
    """One job as X tells of it; `kind` is tweets or users. The addresses hold a signature: they are never logged."""

    id: str
    kind: str
    status: str
    upload_url: str
    download_url: str


class JobDoor:
    """Everything that is asked of X about jobs; waits out what passes. Stopped when told to end."""

    def __init__(self, settings: Settings, asker: Asker, name: str, on_response: OnResponse | None = None) -> None:
        self._client: tweepy.Client = open_client(settings, on_response)
        self._asker, self._name = asker, name
        self._timeout = (settings.x.connect_timeout_seconds, settings.x.read_timeout_seconds)
        # The storage is not X: it gets no token, and no proxy or .netrc of the environment adds anything.
        self._storage = requests.Session()
        self._storage.trust_env = False

    def open(self, kind: str) -> Job:
        """Our job that still runs, or a new one; waits while another program's job runs (409)."""
        return self._asker.ask(partial(self._adopt_or_create, kind))

    def look(self, job_id: str) -> Job:
        """The job as it is now. JobGone when X does not know it."""
        return self._asker.ask(partial(self._look, job_id))

    def upload(self, job: Job, ids: BinaryIO) -> None:
        """Send the ids, one a line. JobGone when the address is not accepted any more."""

        def put() -> None:
            ids.seek(0)
            headers = {"Content-Type": "text/plain"}
            _check(self._storage.put(job.upload_url, data=ids, headers=headers, timeout=self._timeout))

        self._asker.ask(put)

    def download(self, job: Job, results: BinaryIO) -> None:
        """Write the results, one JSON object a line. JobGone when the address is not accepted any more."""

        def get() -> None:
            results.seek(0)
            results.truncate()
            with self._storage.get(job.download_url, stream=True, timeout=self._timeout) as response:
                _check(response)
                for chunk in response.iter_content(_CHUNK_BYTES):
                    results.write(chunk)

        self._asker.ask(get)
        results.seek(0)

    def _adopt_or_create(self, kind: str) -> Job:
        ours = next(iter(self._ours(kind)), None)
        if ours:
            logger.info("job=%s of ours still runs: it is taken up again", ours.id)
            return ours
        answer: dict[str, Any] = self._client.create_compliance_job(kind, name=self._name)
        return _job(answer["data"])

    def _ours(self, kind: str) -> Iterator[Job]:
        answer: dict[str, Any] = self._client.get_compliance_jobs(kind)
        for row in answer.get("data") or ():
            if row.get("name") == self._name and row.get("status") in _RUNNING:
                yield _job(row)

    def _look(self, job_id: str) -> Job:
        try:
            answer: dict[str, Any] = self._client.get_compliance_job(job_id)
        except tweepy.NotFound as error:
            raise JobGone("X does not know it") from error
        return _job(answer["data"])


def _job(row: dict[str, Any]) -> Job:
    return Job(row["id"], row["type"], row["status"], row["upload_url"], row["download_url"])


def _check(response: requests.Response) -> None:
    """A storage that is busy is asked again; one that refuses will refuse again."""
    if response.status_code in _BUSY or response.status_code >= 500:
        raise requests.ConnectionError(f"the storage answers {response.status_code}")
    if response.status_code >= 400:
        raise JobGone(f"the storage answers {response.status_code}")
