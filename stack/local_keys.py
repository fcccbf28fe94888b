"""Secrets for a machine that was given none: made once, kept in `<home>/secrets.json`, readable by its owner only."""

import json
import os
import secrets
import tempfile
from pathlib import Path

AUTHOR_KEY = "BRANDPULSE_AUTHOR_KEY"


def local_secrets(home: Path) -> dict[str, str]:
    """Return the environment variables that hold this home's own secrets, the same ones at every call.

    Production sets its own; callers let the environment win: `{**local_secrets(home), **os.environ}`.
    """
    file = home / "secrets.json"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        _create(file, json.dumps({AUTHOR_KEY: secrets.token_hex(32)}))
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def child_environment(home: Path) -> dict[str, str]:
    """Return our own environment for a child process, completed by what points it at this home's stack."""
    return {**local_secrets(home), **os.environ, "BRANDPULSE__STACK_HOME": str(home)}


def _create(file: Path, text: str) -> None:
    """Write whole or not at all; of several callers at once the first one's file stays."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # readable by its owner only
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
