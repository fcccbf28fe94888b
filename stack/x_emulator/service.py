"""The emulator as a service of the stack: its command line, address and readiness."""

import shlex
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from conf.settings import Settings
from stack.processes import LOOPBACK, listens
from stack.x_emulator.options import read_credentials

NAME = "x"
CREDENTIALS = "x-credentials.json"


def address(port: int) -> dict[str, str]:
    return {"base_url": f"http://{LOOPBACK}:{port}"}


def command(options: str) -> Callable[[Path, Settings, int, str], list[str]]:
    """A function that builds the command line; `options`: those of `python -m stack.x_emulator`, quoted for a shell."""

    def build(home: Path, settings: Settings, port: int, mark: str) -> list[str]:
        file = home / CREDENTIALS
        read_credentials(file)
        given = ["--port", str(port), "--credentials", str(file), *shlex.split(options)]
        return [sys.executable, "-m", "stack.x_emulator", mark, *given]

    return build


def answers(port: int) -> bool:
    """True if the admin API answers."""
    if not listens(port):
        return False
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address(port)['base_url']}/_emulator/state", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError):
        return False


def is_ready(settings: Settings, port: int) -> bool:
    return answers(port)


def environment(home: Path, base_url: str) -> dict[str, str]:
    """Environment variables that make a collector use this emulator."""
    known = read_credentials(home / CREDENTIALS)
    return {
        "BRANDPULSE__X__BASE_URL": base_url,
        "BRANDPULSE_X_BEARER_TOKEN": known.bearer_token,
        "BRANDPULSE_X_USER_TOKEN": known.user_token,
        "BRANDPULSE_X_CONSUMER_KEY": known.consumer_key,
        "BRANDPULSE_X_CONSUMER_SECRET": known.consumer_secret,
        "BRANDPULSE_X_ACCESS_TOKEN": known.access_token,
        "BRANDPULSE_X_ACCESS_TOKEN_SECRET": known.access_token_secret,
    }
