"""`python -m serving` as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path

from runtime.resources import PROJECT
from tests.conftest import job_environment


def test_the_first_admin_can_be_made_before_the_dashboard_has_ever_run(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(json.dumps({"home": str(tmp_path / "home")}))
    command = [sys.executable, "-m", "serving", "--env", str(overlay), "create_link", "ann", "--new-admin"]
    done = subprocess.run(command, cwd=PROJECT, env=job_environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:8000/sign-in/")
