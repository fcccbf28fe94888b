"""The X emulator on loopback: plays tweets and answers like X API v2.

Every option of `stack.x_emulator.options.Options` is a flag; times are seconds of the emulator's clock.
"""

import argparse
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from conf.command_line import set_up_logging
from runtime.errors import JobError
from stack.x_emulator.local import DEFAULT_SCENARIO, LOOPBACK, build_server, listen
from stack.x_emulator.options import Credentials, Options, read_credentials


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; returns the exit code of the jobs."""
    options = _parser().parse_args(arguments)
    set_up_logging()
    chosen = Options(**{each.name: getattr(options, each.name) for each in fields(Options)})
    credentials = read_credentials(options.credentials) if options.credentials else Credentials()
    try:
        server = build_server(chosen, credentials, options.source)
        listener = listen(options.port)
        server.player.load()
    except JobError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"X emulator on http://{LOOPBACK}:{listener.getsockname()[1]}, playing {options.source}", flush=True)
    server.run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stack.x_emulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-D", dest="mark", help=argparse.SUPPRESS)  # the mark by which the stack finds its processes
    parser.add_argument("--port", type=int, default=0, help="default: a free port")
    parser.add_argument("--credentials", type=Path, help="file of tokens and keys, created if it is missing")
    parser.add_argument(
        "--source",
        type=Path,
        default=DEFAULT_SCENARIO,
        help="what to play: a scenario of the generator (.yaml) or an archive",
    )
    for each in fields(Options):
        parser.add_argument(
            f"--{each.name.replace('_', '-')}", default=each.default, **_flag(str(each.type), each.type)
        )
    return parser


def _flag(name: str, kind: Any) -> dict[str, Any]:
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    choices = get_args(kind)
    return {"choices": choices} if choices else {"type": kind}


if __name__ == "__main__":
    sys.exit(main())
