"""A help desk on loopback, until SIGTERM: `python -m stack.desk_emulator --desk zendesk --failures 0.1`."""

import argparse
import logging
import socket
import sys
from dataclasses import fields

import uvicorn

from stack.desk_emulator.app import SECRET, TOKEN, USER, Options, build_application
from stack.processes import LOOPBACK


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m stack.desk_emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free port")
    parser.add_argument("--desk", choices=["webhook", "zendesk", "alerts"], default="webhook")
    parser.add_argument("--failures", type=float, default=0.0, help="the share of calls that fail, 0 to 1")
    parser.add_argument("--seed", type=int, default=7, help="of the failures")
    parser.add_argument("--late-seconds", type=float, default=1.0, help="how late an answer is that comes too late")
    parser.add_argument("--idempotency-seconds", type=float, default=7200.0, help="how long Zendesk keeps a key")
    given = parser.parse_args(arguments)
    options = Options(**{each.name: getattr(given, each.name) for each in fields(Options)})
    listener = socket.create_server((LOOPBACK, given.port))
    port = listener.getsockname()[1]
    print(f"{options.desk} on http://{LOOPBACK}:{port}{'' if options.desk == 'zendesk' else '/hook'}", flush=True)
    known = f"BRANDPULSE_WEBHOOK_SECRET={SECRET}" if options.desk != "zendesk" else f"{USER} {TOKEN}"
    logging.getLogger("brandpulse").info("its credentials: %s", known)
    config = uvicorn.Config(build_application(options), log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
