"""No secret in a log: every log record of the process, also of libraries, is cleared of our tokens.

At DEBUG tweepy logs the bearer token and each response, requests_oauthlib the signed headers and each text it sends.
"""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

HIDDEN = "[hidden]"
_SIGNED = re.compile(r"(Bearer\s+|oauth_\w+=\"?)[\w%~+/=.-]{16,}")
_LOGGERS_WITH_TEXTS = ("tweepy.client", "tweepy.streaming", "requests_oauthlib.oauth1_auth", "oauthlib.oauth1.rfc5849")


def hide_secrets(secrets: Iterable[str]) -> None:
    """From now on no log record of this process shows one of `secrets`; loggers that show texts skip DEBUG."""
    current = logging.getLogRecordFactory()
    hiding = current if isinstance(current, _HidingFactory) else _HidingFactory(current)
    hiding.secrets |= {secret for secret in secrets if secret}
    logging.setLogRecordFactory(hiding)
    for name in _LOGGERS_WITH_TEXTS:
        logger = logging.getLogger(name)
        if _above_debug not in logger.filters:
            logger.addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


class _HidingFactory:
    """Makes log records like `make`, cleared of `secrets` and of anything that looks like a signed header."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make
        self.secrets: set[str] = set()

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # arguments that do not match: logging itself reports them later
            message = f"{record.msg} {record.args}"
        cleared = self._clear(message)
        if cleared != message:
            record.msg, record.args = cleared, ()
        if record.exc_info and record.exc_info[0]:
            traceback = logging.Formatter().formatException(record.exc_info)
            if (cleared := self._clear(traceback)) != traceback:
                record.exc_info, record.exc_text = None, cleared
        return record

    def _clear(self, text: str) -> str:
        # Longest first: a secret may be the prefix of another.
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return _SIGNED.sub(rf"\1{HIDDEN}", text)
