"""The emulator's options, and the credentials that it accepts."""

import json
import os
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Options:
    """Seconds are those of the emulator's clock; the rate is in posts per real second."""

    rate: float = 0.0
    """Posts played per second; 0: none until the admin API sets a rate."""
    speed: float = 1.0
    keep_alive_seconds: float = 20.0
    rule_delay_seconds: float = 20.0
    """The delay until a change of rules takes effect."""
    second_connection: Literal["reject", "replace"] = "reject"
    """A second connection is rejected with 429, or replaces the first: X documents both."""
    slot_release_seconds: float = 0.0
    """How long a slot stays occupied after its client has disconnected."""
    tier: Literal["self-serve", "enterprise"] = "self-serve"
    spelling: Literal["2.166", "2.167"] = "2.166"
    """The default contract; a request with parameters of the other contract is answered in the names of that one."""
    monthly_cap: int = 3_000_000
    rate_limits: bool = True
    rate_limit_body: Literal["problem", "code"] = "problem"
    search_days: float = 7.0
    search_delay_seconds: float = 30.0
    keyword_search_has_retweets: bool = False
    mentions_have_retweets: bool = False
    max_mentions: int = 800
    max_waiting_lines: int = 20_000
    """A connection with more unread lines is dropped."""
    username: str = "MoonkettleCo"
    """The account that the user tokens belong to; by default one of the generator's brands."""
    templates: int = 4_000
    """The number of tweets that are read from the source and played in a loop."""


@dataclass(frozen=True)
class Credentials:
    """One X app and one user; the defaults are for tests, `read_credentials` generates random ones."""

    bearer_token: str = field(default="test-bearer-token", repr=False)
    user_token: str = field(default="test-user-token", repr=False)
    consumer_key: str = field(default="test-consumer-key", repr=False)
    consumer_secret: str = field(default="test-consumer-secret", repr=False)
    access_token: str = field(default="test-access-token", repr=False)
    access_token_secret: str = field(default="test-access-token-secret", repr=False)


def read_credentials(file: Path) -> Credentials:
    """The credentials in the file, which is created if it is missing and readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {each.name: secrets.token_urlsafe(24) for each in fields(Credentials)}
        draft = file.with_suffix(".new")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as output:
            json.dump(made, output)
        draft.replace(file)
    return Credentials(**json.loads(file.read_text("utf-8")))
