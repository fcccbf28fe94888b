import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.local_keys import AUTHOR_KEY, child_environment, local_secrets


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    first = local_secrets(tmp_path / "home")
    assert len(bytes.fromhex(first[AUTHOR_KEY])) == 32
    assert local_secrets(tmp_path / "home") == first
    assert local_secrets(tmp_path / "other") != first


def test_only_the_owner_can_read_the_keys_and_no_draft_is_left(tmp_path: Path) -> None:
    local_secrets(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_callers_at_the_same_time_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: local_secrets(tmp_path)[AUTHOR_KEY], range(32)))
    assert len(set(found)) == 1


def test_a_key_of_the_environment_wins_over_the_local_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AUTHOR_KEY, "from outside")
    environment = child_environment(tmp_path)
    assert environment[AUTHOR_KEY] == "from outside"
    assert environment["BRANDPULSE__STACK_HOME"] == str(tmp_path)
    assert environment["PATH"] == os.environ["PATH"]
