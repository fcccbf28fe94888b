"""The command line of every job: the flags that it honours, one log format, the documented exit codes.

Exit codes: 0 done · 1 internal error · 2 a wrong flag or setting · 3 something that set-up makes is missing ·
4 the input cannot be read · 5 Kafka, MongoDB or another service is unavailable · 6 a check failed ·
7 another process holds the lock · 8 X rejects our credentials · 9 the budget of reads is used up ·
10 X rejects a rule, or has none of ours · 130 interrupted.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from conf.lake_format import check_lake_format, local_lake
from conf.settings import Settings, load_settings
from runtime.errors import JobError, UsageError
from runtime.file_lock import check_unlocked
from runtime.times import in_utc

logger = logging.getLogger("brandpulse")

_NOISY = ("kafka", "pymongo", "py4j", "mlflow", "alembic", "tweepy", "urllib3", "oauthlib", "requests_oauthlib")
EPILOG = (__doc__ or "").split("\n\n", 1)[1]


@dataclass(frozen=True)
class Options:
    """What was asked on the command line. A flag that the job does not declare has its default here.

    `extra` has the flags that only this job declares.
    """

    env: str | None
    brand: str | None
    as_of: datetime
    run_id: int
    dry_run: bool = False
    full: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Flag:
    """A flag of a job: its name, its help text, and further arguments of argparse's `add_argument`.

    `sources` are the values of the job's `--source` that honour it; all of them when empty.
    """

    name: str
    help: str
    arguments: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def destination(self) -> str:
        return str(self.arguments.get("dest", self.name.lstrip("-").replace("-", "_")))


def instant(text: str) -> datetime:
    """Read an ISO time; without an offset it is UTC. For argparse's `type`."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO time such as 2026-05-04T12:00:00Z") from None
    return in_utc(parsed)


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


# The flags that jobs share. A job lists those that it honours; every job takes --env.
ENV = Flag("--env", "overlay on base.yaml: a name in conf/ or a YAML file")
BRAND = Flag("--brand", "only this brand (default: all)")
AS_OF = Flag("--as-of", "ISO time in UTC (default: now)", {"type": instant, "metavar": "TIME"})
RUN_ID = Flag("--run-id", "a growing integer (default: the current time or --as-of, in milliseconds)", {"type": int})
DRY_RUN = Flag("--dry-run", "log what would be done, write nothing", {"action": "store_true"})
FULL = Flag("--full", "recompute everything, not only what changed", {"action": "store_true"})


def run_job(
    main: Callable[[Settings, Options], None],
    arguments: list[str] | None = None,
    *,
    flags: tuple[Flag, ...] = (),
    needs_lake: bool = True,
) -> int:
    """Parse the flags, load the settings, call `main`, return the exit code; a user's mistake is one sentence.

    A job that `needs_lake` starts only on a lake of this version's format, and beside no process of an older version.
    """
    started = time.monotonic()
    doc = sys.modules[main.__module__].__doc__ or main.__module__
    options = parse_options(doc, arguments, flags)
    set_up_logging()
    try:
        settings = load_settings(options.env)
        if needs_lake:
            check_unlocked(settings.home / "leases", "*")
            check_unlocked(settings.home / "collector", "*.lease")
            lake = local_lake(settings)
            if lake is not None:
                check_lake_format(settings, lake)
        main(settings, options)
    except JobError as error:
        logger.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt:
        logger.error("interrupted")
        return 130
    logger.info("done in %.1f s", time.monotonic() - started)
    return 0


def set_up_logging() -> None:
    """One line per event on stderr, UTC, without tweet text; libraries log warnings only."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logger.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.ERROR)


def parse_options(doc: str, arguments: list[str] | None, flags: tuple[Flag, ...]) -> Options:
    """Read the flags that a job declares; argparse ends the process with code 2 at any other or misplaced one."""
    parser = argparse.ArgumentParser(
        description=doc, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    for flag in (ENV, *flags):
        described = f"{', '.join(flag.sources)}: {flag.help}" if flag.sources else flag.help
        parser.add_argument(flag.name, help=described, **flag.arguments)
    parsed = vars(parser.parse_args(arguments))
    for flag in flags:
        if flag.sources and parsed[flag.destination] and parsed["source"] not in flag.sources:
            parser.error(f"{flag.name} is for --source {' or '.join(flag.sources)} only, not {parsed['source']}")
    as_of = parsed.pop("as_of", None) or datetime.now(UTC)
    run_id = parsed.pop("run_id", None)
    return Options(
        env=parsed.pop("env"),
        brand=parsed.pop("brand", None),
        as_of=as_of,
        run_id=_run_id(as_of) if run_id is None else run_id,
        dry_run=parsed.pop("dry_run", False),
        full=parsed.pop("full", False),
        extra=parsed,
    )


def at_moment(options: Options, moment: datetime) -> Options:
    """The same options for a later run, which follows what changed."""
    return replace(options, as_of=moment, run_id=_run_id(moment), full=False)


def _run_id(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def required(options: Options, name: str) -> Any:
    """Return one of the job's own flags, or UsageError when it was not given."""
    value = options.extra.get(name)
    if value is None:
        raise UsageError(f"--{name.replace('_', '-')} is needed")
    return value
