"""Each job takes the shared flags that it declares, and no other."""

from importlib import import_module

import pytest

from conf.command_line import AS_OF, BRAND, DRY_RUN, FULL, RUN_ID, parse_options
from tests.jobs.names import JOBS

SHARED = {
    BRAND.name: ["--brand", "acme"],
    AS_OF.name: ["--as-of", "2026-05-04"],
    RUN_ID.name: ["--run-id", "7"],
    DRY_RUN.name: ["--dry-run"],
    FULL.name: ["--full"],
}


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("job", JOBS)
def test_a_shared_flag_is_declared_or_a_usage_error(job: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = getattr(import_module(f"jobs.{job}"), "FLAGS", ())
    declared = [flag for flag in flags if flag.name == name]
    if declared:
        sources = ["--source", declared[0].sources[0]] if declared[0].sources else []
        parse_options("", [*SHARED[name], *sources], flags)
        return
    with pytest.raises(SystemExit) as ended:
        parse_options("", SHARED[name], flags)
    assert ended.value.code == 2
    assert f"unrecognized arguments: {name}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("job", "arguments", "sentence"),
    [
        ("collect_tweets", ["--source", "stream", "--brand", "acme"], "--brand is for --source archive or search or"),
        ("collect_tweets", ["--source", "search", "--rate", "5"], "--rate is for --source archive only, not search"),
        ("collect_compliance", ["--source", "stream", "--once"], "--once is for --source jobs or lookup only"),
        ("stream_tweets", ["--from", "2026-05-04"], "--from is for --source bronze only, not kafka"),
    ],
)
def test_a_flag_of_another_source_is_a_usage_error(
    job: str, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options("", arguments, import_module(f"jobs.{job}").FLAGS)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
