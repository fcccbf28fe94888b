"""Settings and credentials for a test's own X emulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import pytest

from conf.settings import Settings, load_settings
from stack.x_emulator.local import Running, serve
from stack.x_emulator.options import Options

SECRETS = ("bearer_token", "consumer_key", "consumer_secret", "access_token", "access_token_secret")


@contextmanager
def an_emulator(**options: Any) -> Iterator[Running]:
    """An emulator that plays nothing by itself and applies rules at once."""
    quiet = {"rule_delay_seconds": 0.0, "search_delay_seconds": 0.0} | options
    assert set(quiet) <= {field.name for field in fields(Options)}
    with serve(Options(**quiet), source=tuple) as running:
        yield running


def settings_for(running: Running, monkeypatch: pytest.MonkeyPatch, **x: Any) -> Settings:
    """Settings for the emulator, with its credentials in the environment; `x` overrides the section `x`."""
    for name in SECRETS:
        monkeypatch.setenv(f"BRANDPULSE_X_{name.upper()}", getattr(running.credentials, name))
    return load_settings(overrides={"x": {"base_url": running.base_url, "retry_timeout_seconds": 2, **x}})
