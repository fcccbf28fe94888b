"""The embedded stack: a Kafka broker and a MongoDB-compatible document store on loopback ports, and an X emulator.

up      starts the services that do not run, on the ports of the last start; --with-x also starts the X emulator
down    stops all services; their data is kept
status  shows which services run and answer; exit code 3 if one does not
env     prints the environment variables that a shell needs to use the stack
run     supervises the live system: the stack, the stream and the timers
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
    """Run one command and return its exit code: as for jobs, and 3 from `status` if a service does not answer."""
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
        command.add_argument("--home", help="folder for data, logs and state (default: the setting stack_home)")
        if name == "up":
            command.add_argument("--kafka-port", type=int, help="default: the port of the last start, or a free one")
            command.add_argument("--mongo-port", type=int, help="default: the port of the last start, or a free one")
            command.add_argument("--with-x", action="store_true", help="also start the X emulator")
            command.add_argument("--x-port", type=int, help="default: the port of the last start, or a free one")
            command.add_argument(
                "--x-options",
                default="",
                help="options of `python -m stack.x_emulator`, in quotes: '--rate 50 --speed 20'",
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
        x_options=options.x_options if options.with_x else None,
    )
    for each in lifecycle.status(home):
        same = before.get(each.name) == each.pid
        event = "was already running" if same else f"started in {time.monotonic() - started:.1f} s"
        print(f"{each.name:8} {each.address}  pid {each.pid}, {event}")
    print(f'to use it in a shell: eval "$({shlex.quote(sys.executable)} -m stack env --home {shlex.quote(str(home))})"')
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
            state = "running" if each.answers else "not answering" if each.pid else "stopped"
            print(f"{each.name:8} {state}, {each.address or 'never started'}" + (f", pid {each.pid}" * bool(each.pid)))
    return 0 if all(each.answers for each in found) else NOT_RUNNING


def _env(home: Path, options: argparse.Namespace) -> int:
    base_url = lifecycle.x_address(home)
    for_x = x.environment(home, base_url) if base_url else {}
    for name, value in {"BRANDPULSE__STACK_HOME": str(home), **local_secrets(home), **for_x}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _run(home: Path, options: argparse.Namespace) -> int:
    return supervisor.run(home, load_settings())


if __name__ == "__main__":
    sys.exit(main())
