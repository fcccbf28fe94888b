"""uv with the settings of pip: several times as fast as pip, whose mirrors it would not find. Standard library only."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

from tools.steps import run_step

VALUES = {
    "index-url": "UV_DEFAULT_INDEX",
    "proxy": "ALL_PROXY",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}
LISTS = {
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "find-links": ("UV_FIND_LINKS", ","),
}
"""Options of pip -> uv's variable, and what separates its members; pip's are separated by white space."""
SWITCHES = {"no-index": "--no-index", "no-cache-dir": "--no-cache"}
ON = ("1", "y", "yes", "t", "true", "on")
FINISHED = r"^(Installed|Checked|Audited) "
FAILED_BEFORE = (
    "No solution found",
    "Failed to fetch",
    "Failed to download",
    "Failed to build",
    "Failed to initialize",
)


def install(python: Path, requirements: Path, log: Path, lock: int, environment: dict[str, str]) -> None:
    """Install locked packages in the environment of `python`, which contains uv. Raises JobError if uv could not."""
    settings = read_pip_settings(python, environment)
    # pip takes the best match of all indexes; the hashes make that safe.
    command = [str(python), "-m", "uv", "pip", "install", "--no-config", "--index-strategy", "unsafe-best-match"]
    command += ["--python", str(python), "--no-build-isolation", "--require-hashes", "-r", str(requirements)]
    command += [flag for option, flag in SWITCHES.items() if settings.get(option, "").lower() in ON]
    environment = {"UV_SYSTEM_CERTS": "1", **translate(settings), **environment}
    run_step("packages", command, log, _progress, lock, environment)


def read_pip_settings(python: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return pip's settings for `pip install`, by option, from its files and environment; empty ones are unset."""
    command = [str(python), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, env=environment, check=False).stdout
    settings = {}
    for section in ("global.", "install.", ":env:."):  # the later one precedes
        for line in listed.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section) and ast.literal_eval(value):
                settings[key[len(section) :]] = ast.literal_eval(value)
    return settings


def translate(settings: dict[str, str]) -> dict[str, str]:
    """Return uv's environment variables for these settings of pip, as far as uv knows them."""
    lists = {name: mark.join(settings[option].split()) for option, (name, mark) in LISTS.items() if option in settings}
    return {**lists, **{name: settings[option] for option, name in VALUES.items() if option in settings}}


def was_interrupted(log: Path) -> bool:
    """True if uv may have stopped while it changed the environment: it neither finished nor failed before that."""
    if not log.exists():
        return False
    said = log.read_text("utf-8", "replace")
    return not re.search(FINISHED, said, re.MULTILINE) and not any(words in said for words in FAILED_BEFORE)


def _progress(output: str) -> str:
    """What uv last said of a package, without addresses."""
    said = re.findall(r"^ *((?:Downloading|Downloaded|Building|Built) [\w.=-]+)", output, re.MULTILINE)
    return said[-1].lower() if said else "resolving"
