"""Django's secret key: the environment's, else one generated once in <home>/serving, readable by its owner only."""

import secrets

from conf.settings import Settings
from runtime.private_file import create_once


def secret_key(settings: Settings) -> str:
    """The key that signs sessions and CSRF tokens; a new one ends all sessions."""
    given = settings.secrets.django_secret_key
    if given is not None and given.get_secret_value():
        return given.get_secret_value()
    file = settings.home / "serving" / "secret_key"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_once(file, secrets.token_urlsafe(64))
    return file.read_text("utf-8")
