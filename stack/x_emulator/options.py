"""What can be set on the stand-in, and the credentials that it accepts."""

import json
import os
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Options:
    """Seconds are of the stand-in's own clock; the rate is in posts per second of ours."""

    rate: float = 0.0
    """Posts played a second; 0: none until the administration asks for it."""
    speed: float = 1.0
    keep_alive_seconds: float = 20.0
    rule_delay_seconds: float = 20.0
    """How long until a change of rules takes effect."""
    second_connection: Literal["refuse", "replace"] = "refuse"
    """A second connection gets 429, or takes the place of the first: X's documents say both."""
    slot_hold_seconds: float = 0.0
    """How long a slot stays taken after the client went away."""
    tier: Literal["self-serve", "enterprise"] = "self-serve"
    spelling: Literal["2.166", "2.167"] = "2.166"
    """The contract in force; a request that uses parameters of the other one is answered in that one's names."""
    monthly_cap: int = 3_000_000
    rate_limits: bool = True
    rate_limit_body: Literal["problem", "code"] = "problem"
    search_days: float = 7.0
    search_delay_seconds: float = 30.0
    keyword_search_has_retweets: bool = False
    mentions_have_retweets: bool = False
    most_mentions: int = 800
    most_waiting_lines: int = 20_000
    """A connection that reads slower than this is dropped."""
    username: str = "MoonkettleCo"
    """The account that the user tokens stand for; by default one of the generator's."""
    templates: int = 4_000
    """Tweets of the source that are read and played round and round."""


@dataclass(frozen=True)
class Credentials:
    """One X app and one user; the defaults are for tests, `read_credentials` makes real ones."""

    bearer_token: str = field(default="test-bearer-token", repr=False)
    user_token: str = field(default="test-user-token", repr=False)
    consumer_key: str = field(default="test-consumer-key", repr=False)
    consumer_secret: str = field(default="test-consumer-secret", repr=False)
    access_token: str = field(default="test-access-token", repr=False)
    access_token_secret: str = field(default="test-access-token-secret", repr=False)


def read_credentials(file: Path) -> Credentials:
    """The credentials in that file, which is made when it is not there; only its owner may read it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {each.name: secrets.token_urlsafe(24) for each in fields(Credentials)}
        draft = file.with_suffix(".new")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as output:
            json.dump(made, output)
        draft.replace(file)
    return Credentials(**json.loads(file.read_text("utf-8")))
