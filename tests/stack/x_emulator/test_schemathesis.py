"""schemathesis sends valid and invalid requests by the OpenAPI document, and finds no undocumented answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stack.x_emulator.contract import endpoints
from tests.stack.x_emulator import contract
from tests.stack.x_emulator.conftest import Start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not contract.IS_THERE, reason="../shared/contracts is absent"),
]
pytest.importorskip("schemathesis", reason="schemathesis is not installed: it is in the dev extra")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
DEVIATIONS = {
    "POST /2/tweets/search/stream/rules": "answers 201 where the document says 200, as X does",
}
ENDLESS = ("stream", "tweets_compliance_stream", "users_compliance_stream")
Json = dict[str, Any]


def served(kind: str) -> Json:
    """The document with the operations that the emulator offers that kind of caller, without streams."""
    whole: Json = json.loads(json.dumps(contract.document("2.166")))
    paths: Json = {}
    for each in endpoints():
        if kind in each.auth and each.name not in ENDLESS:
            operation = whole["paths"][each.path][each.method.lower()]
            if f"{each.method} {each.path}" in DEVIATIONS:
                operation["responses"]["201"] = operation["responses"]["200"]
            paths.setdefault(each.path, {})[each.method.lower()] = operation
    return whole | {"paths": paths}


@pytest.mark.parametrize("kind", ["app", "user"])
def test_no_answer_is_undocumented(start: Start, tmp_path: Path, kind: str) -> None:
    x = start(rate_limits=False, tier="enterprise")
    for n in range(30):
        x.admin.post(f"cat {n}", id=str(1346889436626259968 + n))
    (tmp_path / "x.json").write_text(json.dumps(served(kind)), "utf-8")
    token = x.credentials.bearer_token if kind == "app" else x.credentials.user_token
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(tmp_path / "x.json"), "--url", x.base_url),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1"),
        *("-H", f"Authorization: Bearer {token}", "--suppress-health-check", "all", "--workers", "1"),
        *("--continue-on-failure", "--generation-database", "none", "--no-color", "--warnings", "off"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
