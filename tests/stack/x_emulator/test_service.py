"""The emulator as a process of the stack."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from conf.settings import load_settings
from runtime.resources import PROJECT
from stack import lifecycle
from stack.__main__ import main
from stack.x_emulator.client import EmulatorAdmin
from stack.x_emulator.local import listen
from stack.x_emulator.options import read_credentials

OPTIONS = "--templates 50 --rate 20"


@pytest.fixture
def x_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose broker and store are only recorded: they take seconds to start and are not tested here."""
    monkeypatch.setattr(lifecycle, "SERVICES", ())
    known = {"kafka": {"bootstrap_servers": "a:1"}, "mongodb": {"uri": "mongodb://b:2"}}
    (tmp_path / "state.json").write_text(json.dumps(known), "utf-8")
    yield tmp_path.resolve()
    lifecycle.stop(tmp_path)


def test_the_stack_starts_it_on_request_finds_it_again_and_ends_it(x_home: Path) -> None:
    settings = load_settings()
    assert lifecycle.start(x_home, settings).x is None
    base_url = lifecycle.start(x_home, settings, x_options=OPTIONS).x
    assert base_url is not None
    assert json.loads((x_home / "state.json").read_text("utf-8"))["x"]["base_url"] == base_url
    (status,) = lifecycle.status(x_home)
    assert (status.name, status.address, status.answers) == ("x", base_url, True)
    EmulatorAdmin(base_url).wait_for(2)
    assert lifecycle.start(x_home, settings, x_options=OPTIONS).x == base_url
    assert lifecycle.status(x_home)[0].pid == status.pid
    assert lifecycle.stop(x_home) == ["x"]
    assert not psutil.pid_exists(status.pid or 0)
    assert (lifecycle.x_address(x_home), lifecycle.status(x_home)) == (None, [])


def test_up_says_where_it_is(x_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--with-x", "--x-options", OPTIONS, "--home", str(x_home)]) == 0
    assert f"x        {lifecycle.x_address(x_home)}" in capsys.readouterr().out


def test_env_points_a_collector_at_it(x_home: Path) -> None:
    base_url = lifecycle.start(x_home, load_settings(), x_options="--templates 10").x
    found = subprocess.run(
        [sys.executable, "-m", "stack", "env", "--home", str(x_home)],
        check=True,
        capture_output=True,
        text=True,
        cwd=PROJECT,
    ).stdout
    token = read_credentials(x_home / "x-credentials.json").bearer_token
    assert f"export BRANDPULSE__X__BASE_URL={base_url}\n" in found
    assert f"export BRANDPULSE_X_BEARER_TOKEN={token}\n" in found
    response = requests.get(f"{base_url}/2/usage/tweets", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert response.status_code == 200


def test_without_it_env_says_nothing_of_x(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stack", "env", "--home", str(tmp_path)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout
    assert "_X_" not in found


def test_its_socket_sends_small_answers_at_once() -> None:
    with listen(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY


def test_credentials_are_kept_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    assert read_credentials(file) == read_credentials(file)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "{taken}", "--templates", "10"], "cannot be used"),
        (["--source", "nowhere.yaml", "--rate", "1"], "nowhere.yaml"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(arguments: list[str], message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "stack.x_emulator", *(each.format(taken=port) for each in arguments)]
        found = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=30, env=os.environ, cwd=PROJECT
        )
    assert found.returncode != 0
    assert message in found.stderr
    assert found.stderr.count("\n") == 1
