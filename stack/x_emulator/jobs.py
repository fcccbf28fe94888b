"""Batch compliance jobs: created, ids uploaded, processed, results downloaded."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from stack.x_emulator.clock import DAY_SECONDS, Clock, iso, moment_of
from stack.x_emulator.compliance import Compliance
from stack.x_emulator.contract import Json, table

WORK_SECONDS = 10.0
STORAGE = "/_emulator/storage"


@dataclass
class Job:
    """A compliance job; times in seconds of the emulator's clock."""

    id: int
    type: str
    name: str | None
    created_at: float
    host: str
    secret: str = field(default_factory=lambda: secrets.token_hex(8))
    ids: list[str] | None = None
    uploaded_at: float = 0.0

    @property
    def upload_until(self) -> float:
        return self.created_at + 60 * int(table("contract")["compliance"]["upload_minutes"])

    @property
    def download_until(self) -> float:
        return self.created_at + DAY_SECONDS * int(table("contract")["compliance"]["download_days"])

    def status(self, now: float) -> str:
        if self.ids is None:
            return "created" if now < self.upload_until else "expired"
        return "in_progress" if now < self.uploaded_at + WORK_SECONDS else "complete"

    def document(self, now: float) -> Json:
        place = f"http://{self.host}{STORAGE}/{self.id}"
        found: Json = {
            "id": str(self.id),
            "type": self.type,
            "status": self.status(now),
            "created_at": iso(self.created_at),
            "upload_url": f"{place}/submission?signature={self.secret}",
            "upload_expires_at": iso(self.upload_until),
            "download_url": f"{place}/results?signature={self.secret}",
            "download_expires_at": iso(self.download_until),
            "resumable": False,
        }
        return found | ({"name": self.name} if self.name else {})


class Jobs:
    """All jobs; one per type can be active."""

    def __init__(self, clock: Clock, compliance: Compliance) -> None:
        self._clock, self._compliance = clock, compliance
        self.all: dict[int, Job] = {}

    def is_busy(self, kind: str) -> bool:
        now = self._clock.now()
        return any(job.type == kind and job.status(now) in ("created", "in_progress") for job in self.all.values())

    def add(self, job_id: int, kind: str, name: str | None, host: str) -> Job:
        self.all[job_id] = Job(job_id, kind, name, self._clock.now(), host)
        return self.all[job_id]

    def upload(self, job: Job, text: str) -> None:
        job.ids = [line.strip() for line in text.splitlines() if line.strip()]
        job.uploaded_at = self._clock.now()

    def results(self, job: Job) -> Iterator[str]:
        """One line of JSON for every uploaded id that is affected by a compliance event."""
        for each in job.ids or ():
            row = self._row(job.type, each)
            if row:
                yield json.dumps(row) + "\n"

    def _row(self, kind: str, subject: str) -> Json | None:
        is_tweet = kind == "tweets" and subject.isdigit()
        found = self._compliance.redaction(subject) if is_tweet else self._compliance.user_redaction(subject)
        if found is None:
            return None
        action, reason, at = found
        row: Json = {"id": subject, "action": action}
        if is_tweet:
            row["created_at"] = iso(moment_of(int(subject)))
        return row | {"redacted_at": iso(at or self._clock.now()), "reason": reason}
