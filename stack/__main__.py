"""The embedded stack: a Kafka broker and a MongoDB-wire document store on loopback ports; --x adds a stand-in X server.

up starts what does not run, on the same ports each time; down stops it and keeps the data; status looks;
env prints what a shell needs to use it; run supervises the live system: stack, stream and timers.
"""

import argparse
import shlex
import sys
import time
from pathlib import Path

from conf.command_line import set_up_logging
from conf.settings import load_settings
from runtime.errors import JobError
from stack import lifecycle, supervisor
from stack.local_keys import local_secrets
from stack.x_emulator import service as x

NOT_RUNNING = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: those of the jobs, and 3 from `status` when something is down."""
    options = _parse(arguments)
    set_up_logging()
    try:
        home = Path(options.home).resolve() if options.home else load_settings().stack_home
        code: int = options.command(home, options)
    except JobError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return code


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m stack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="up|down|status|env|run")
    for name, action in (("up", _up), ("down", _down), ("status", _status), ("env", _env), ("run", _run)):
        command = commands.add_parser(name)
        command.set_defaults(command=action)
        command.add_argument("--home", help="folder of the data, the logs and the state (default: setting stack_home)")
        if name == "up":
            command.add_argument("--kafka-port", type=int, help="default: that of last time, or a free one")
            command.add_argument("--mongo-port", type=int, help="default: that of last time, or a free one")
            command.add_argument("--x", action="store_true", help="also a stand-in X server, to collect from")
            command.add_argument("--x-port", type=int, help="default: that of last time, or a free one")
            command.add_argument(
                "--x-options", default="", help="in quotes: '--rate 50 --speed 20'; `python -m stack.x_emulator --help`"
            )
        if name == "status":
            command.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def _up(home: Path, options: argparse.Namespace) -> int:
    before = {each.name: each.pid for each in lifecycle.status(home) if each.answers}
    started = time.monotonic()
    lifecycle.start(
        home,
        kafka_port=options.kafka_port,
        mongo_port=options.mongo_port,
        x_port=options.x_port,
        x_options=options.x_options if options.x else None,
    )
    for each in lifecycle.status(home):
        same = before.get(each.name) == each.pid
        event = "was already up" if same else f"up in {time.monotonic() - started:.1f} s"
        print(f"{each.name:8} {each.address}  pid {each.pid}, {event}")
    print(f'settings for a shell: eval "$({shlex.quote(sys.executable)} -m stack env --home {shlex.quote(str(home))})"')
    return 0


def _down(home: Path, options: argparse.Namespace) -> int:
    stopped = lifecycle.stop(home)
    print(f"stopped {' and '.join(stopped)}" if stopped else "nothing was running")
    return 0


def _status(home: Path, options: argparse.Namespace) -> int:
    found = lifecycle.status(home)
    if options.json:
        print(lifecycle.as_json(found))
    else:
        for each in found:
            state = "answers" if each.answers else "does not answer" if each.pid else "is down"
            print(f"{each.name:8} {state}, {each.address or 'never started'}" + (f", pid {each.pid}" * bool(each.pid)))
    return 0 if all(each.answers for each in found) else NOT_RUNNING


def _env(home: Path, options: argparse.Namespace) -> int:
    base_url = lifecycle.x_address(home)
    pointers = x.environment(home, base_url) if base_url else {}
    for name, value in {"BRANDPULSE__STACK_HOME": str(home), **local_secrets(home), **pointers}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _run(home: Path, options: argparse.Namespace) -> int:
    return supervisor.run(home, load_settings())


if __name__ == "__main__":
    sys.exit(main())
