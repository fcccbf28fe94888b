"""What an adapter is: it turns a message into calls of a help desk, and errors into what the dispatcher does next."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import requests

from serving.desk.states import Call

M_contra = TypeVar("M_contra", contravariant=True)
MAX_TEXT = 10_000
"""Characters of a tweet's text: Standard Webhooks asks for payloads of less than 20 kB."""
DELETED_TEXT = "[deleted on X]"


@dataclass(frozen=True)
class Message:
    """One delivery as it is now. `text` is masked, and DELETED_TEXT once the tweet is erased.

    `may_have_arrived`: an earlier attempt ended without an answer. `comment_key`: the idempotency key of the delivery
    that brought the tweet. `is_last`: nothing of the conversation is left, so the whole ticket can be deleted.
    """

    call: Call
    idempotency_key: str
    comment_key: str
    ticket_key: str
    remote_id: str
    may_have_arrived: bool
    brand: str
    category: str
    priority: str
    state: str
    team: str
    text: str
    tweet_id: str
    written_at: datetime | None
    is_last: bool = False

    @property
    def link(self) -> str:
        """The tweet's address; empty once it is erased."""
        return f"https://x.com/i/status/{self.tweet_id}" if self.tweet_id else ""


@dataclass(frozen=True)
class RemoteState:
    """A ticket's state as the help desk reports it."""

    ticket_key: str
    status: str
    updated_at: datetime


class NotDelivered(Exception):
    """`is_outage`: the help desk is unavailable, so other calls would fail, too."""

    is_outage = False


class Rejected(NotDelivered):
    """The help desk will never accept this call."""


class TryAgain(NotDelivered):
    """The call may succeed later; `after`: the seconds that the help desk asked to wait, if it did."""

    def __init__(self, reason: str, after: float | None = None, is_outage: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.is_outage = is_outage


class Sender(Protocol[M_contra]):
    """Whoever is sent messages of one kind."""

    name: str

    def send(self, message: M_contra) -> str:
        """Make the call; returns its id there, if there is one. Raises NotDelivered."""


class Adapter(Sender[Message], Protocol):
    """A help desk. can_find: it finds a ticket by our key; can_delete: it deletes or blanks; can_report: its states."""

    can_find: bool
    can_delete: bool
    can_report: bool

    def send(self, message: Message) -> str:
        """Make the call; returns the ticket's id there, of a deletion `deleted` or `blanked`. Raises NotDelivered."""

    def read_states(self, since: datetime) -> tuple[list[RemoteState], datetime]:
        """The states of tickets that changed since, and the time to ask from next. Raises NotDelivered."""


class Http:
    """Calls with a time-out; one session per thread. Errors name the `receiver`, never its address."""

    def __init__(
        self,
        timeout: float,
        prepare: Callable[[requests.Session], None] = lambda session: None,
        receiver: str = "the help desk",
    ) -> None:
        self._timeout, self._prepare, self._receiver, self._local = timeout, prepare, receiver, threading.local()

    def call(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """The answer, if it is a 2xx; else TryAgain or Rejected."""
        try:
            answer = self._session().request(method, url, timeout=self._timeout, allow_redirects=False, **arguments)
        except requests.RequestException as error:
            raise TryAgain(f"no answer ({type(error).__name__})", is_outage=True) from None
        if answer.ok and answer.status_code < 300:
            return answer
        raise _fault(answer, self._receiver)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._prepare(self._local.session)
        session: requests.Session = self._local.session
        return session


@contextmanager
def reading_answers() -> Iterator[None]:
    """TryAgain for an answer that is no JSON or has another shape than the help desk's API promises."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise TryAgain(f"the help desk's answer cannot be read ({type(error).__name__})") from None


def _fault(answer: requests.Response, receiver: str) -> NotDelivered:
    code = answer.status_code
    reason = f"{receiver} answered {code}"
    if code in (408, 409, 425, 429):
        return TryAgain(reason, retry_after(answer.headers.get("Retry-After")))
    if code >= 500 or code in (401, 403):  # with wrong credentials no ticket dies: every call waits
        return TryAgain(reason, retry_after(answer.headers.get("Retry-After")), is_outage=True)
    return Rejected(reason)


def retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date; None without one that can be read."""
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
