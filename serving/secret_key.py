"""Django's secret key: the environment's, else one generated once in <home>/serving, readable by its owner only."""

import os
import secrets
import tempfile
from pathlib import Path

from conf.settings import Settings


def secret_key(settings: Settings) -> str:
    """The key that signs sessions and CSRF tokens; a new one ends all sessions."""
    given = settings.secrets.django_secret_key
    if given is not None and given.get_secret_value():
        return given.get_secret_value()
    file = settings.home / "serving" / "secret_key"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(file, secrets.token_urlsafe(64))
    return file.read_text("utf-8")


def _create(file: Path, text: str) -> None:
    """Of several concurrent callers the first one's file is kept."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # readable by its owner only
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
