"""One command line for every job: the same flags, the same log lines, the same exit codes.

Exit codes: 0 done · 1 a defect of ours · 2 a wrong flag or setting · 3 something set-up should have made is missing ·
4 the input cannot be read · 5 Kafka, MongoDB or another service is away · 6 a check of ours failed ·
7 another process holds the lock · 8 X refuses our credentials · 9 the budget of reads is used up ·
10 X refuses a rule, or has none of ours · 130 interrupted.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from conf.settings import Settings, load_settings
from runtime.errors import JobError, UsageError

logger = logging.getLogger("brandpulse")

_NOISY = ("kafka", "pymongo", "py4j", "mlflow", "alembic", "tweepy", "urllib3", "oauthlib", "requests_oauthlib")
EPILOG = (__doc__ or "").split("\n\n", 1)[1]


@dataclass(frozen=True)
class Options:
    """What was asked on the command line; `extra` holds the flags that only this job has."""

    env: str | None
    brand: str | None
    as_of: datetime
    run_id: int
    dry_run: bool
    full: bool
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Flag:
    """A flag of one job: its name, what it means, and argparse's own words for the rest."""

    name: str
    help: str
    arguments: dict[str, Any] = field(default_factory=dict)


def run_job(
    main: Callable[[Settings, Options], None], arguments: list[str] | None = None, *, flags: tuple[Flag, ...] = ()
) -> int:
    """Parse the flags, load the settings, call `main`, return the exit code; a user's mistake is one sentence."""
    started = time.monotonic()
    doc = sys.modules[main.__module__].__doc__ or main.__module__
    options = _parse(doc, arguments, flags)
    set_up_logging()
    try:
        main(load_settings(options.env), options)
    except JobError as error:
        logger.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt:
        logger.error("interrupted")
        return 130
    logger.info("done in %.1f s", time.monotonic() - started)
    return 0


def set_up_logging() -> None:
    """One line an event on stderr, UTC, without tweet text; the libraries speak only when they warn."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logger.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _parse(doc: str, arguments: list[str] | None, flags: tuple[Flag, ...]) -> Options:
    parser = argparse.ArgumentParser(
        description=doc, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    shared = parser.add_argument_group("flags that every job has")
    shared.add_argument("--env", help="overlay on base.yaml: a name in conf/ or a YAML file")
    shared.add_argument("--brand", help="only this brand (default: all)")
    shared.add_argument("--as-of", type=instant, default=None, metavar="TIME", help="ISO time in UTC (default: now)")
    shared.add_argument("--run-id", type=int, default=None, help="a growing integer (default: milliseconds of --as-of)")
    shared.add_argument("--dry-run", action="store_true", help="say what would be done, write nothing")
    shared.add_argument("--full", action="store_true", help="recompute everything rather than what changed")
    own = parser.add_argument_group("flags of this job")
    for flag in flags:
        own.add_argument(flag.name, help=flag.help, **flag.arguments)
    parsed = vars(parser.parse_args(arguments))
    as_of = parsed.pop("as_of") or datetime.now(UTC)
    run_id = parsed.pop("run_id")
    names = ("env", "brand", "dry_run", "full")
    return Options(
        as_of=as_of,
        run_id=int(as_of.timestamp() * 1000) if run_id is None else run_id,
        **{name: parsed.pop(name) for name in names},
        extra=parsed,
    )


def instant(text: str) -> datetime:
    """Read an ISO time; without an offset it is UTC. For argparse's `type`."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO time such as 2026-05-04T12:00:00Z") from None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def day(text: str) -> date:
    """Read a day. For argparse's `type`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-05-04") from None


def whole_number(text: str) -> int:
    """Read 0, 1, 2 and so on. For argparse's `type`."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number such as 500")
    return int(text)


def required(options: Options, name: str) -> Any:
    """Return one of the job's own flags, or UsageError when it was not given."""
    value = options.extra.get(name)
    if value is None:
        raise UsageError(f"--{name.replace('_', '-')} is needed")
    return value
