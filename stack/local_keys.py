"""Secrets for a machine without any: generated once and stored in `<home>/secrets.json`, readable by its owner only."""

import json
import os
import secrets
from pathlib import Path

from runtime.private_file import create_once

AUTHOR_KEY = "BRANDPULSE_AUTHOR_KEY"


def local_secrets(home: Path) -> dict[str, str]:
    """Return this home's secrets as environment variables, the same ones at every call.

    Production sets its own: callers give precedence to the environment, `{**local_secrets(home), **os.environ}`.
    """
    file = home / "secrets.json"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        create_once(file, json.dumps({AUTHOR_KEY: secrets.token_hex(32)}))
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def child_environment(home: Path) -> dict[str, str]:
    """Return this process's environment with this home's secrets and stack, for a child process."""
    return {**local_secrets(home), **os.environ, "BRANDPULSE__STACK_HOME": str(home)}
