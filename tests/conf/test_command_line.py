"""The jobs' command line: shared flags, own flags, exit codes."""

import argparse
from datetime import UTC, date, datetime

import pytest

from conf.command_line import AS_OF, BRAND, DRY_RUN, EPILOG, Flag, Options, day, instant, run_job
from conf.settings import Settings
from runtime.errors import (
    BadInput,
    BudgetExhausted,
    CheckFailed,
    CredentialsRejected,
    MissingPrerequisite,
    RulesRejected,
    ServiceUnavailable,
    TableLocked,
    UsageError,
)


def test_shared_flags_and_the_jobs_own_reach_main() -> None:
    seen: list[Options] = []

    def main(settings: Settings, options: Options) -> None:
        seen.append(options)

    arguments = ["--brand", "acme", "--as-of", "2026-05-04T12:00:00Z", "--dry-run", "--rate", "5"]
    flags = (BRAND, AS_OF, DRY_RUN, Flag("--rate", "records per second", {"type": float}))
    assert run_job(main, arguments, flags=flags) == 0
    assert seen == [
        Options(
            env=None,
            brand="acme",
            as_of=datetime(2026, 5, 4, 12, tzinfo=UTC),
            run_id=1777896000000,
            dry_run=True,
            full=False,
            extra={"rate": 5.0},
        )
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (MissingPrerequisite, 3),
        (BadInput, 4),
        (ServiceUnavailable, 5),
        (CheckFailed, 6),
        (TableLocked, 7),
        (CredentialsRejected, 8),
        (BudgetExhausted, 9),
        (RulesRejected, 10),
    ],
)
def test_a_users_mistake_is_one_sentence_and_its_exit_code(
    error: type[Exception], code: int, caplog: pytest.LogCaptureFixture
) -> None:
    def main(settings: Settings, options: Options) -> None:
        raise error("the sentence")

    assert run_job(main, []) == code
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["the sentence"]


def test_a_wrong_setting_ends_a_job_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE__KAFKA__PARTITONS", "8")
    assert run_job(lambda settings, options: None, []) == 2


@pytest.mark.parametrize("flag", [["--brnad", "x"], ["--brand", "x"], ["--dry-run"], ["--full"]])
def test_a_flag_that_the_job_does_not_declare_ends_with_2(flag: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_job(lambda settings, options: None, flag, flags=(AS_OF,))
    assert ended.value.code == 2


def test_a_flag_that_is_not_declared_has_its_default() -> None:
    seen: list[Options] = []
    assert run_job(lambda settings, options: seen.append(options), []) == 0
    assert (seen[0].brand, seen[0].dry_run, seen[0].full, seen[0].extra) == (None, False, False, {})


def test_a_time_without_an_offset_is_utc() -> None:
    assert instant("2026-05-04T12:00:00") == instant("2026-05-04T14:00:00+02:00")


def test_a_day_is_read_and_anything_else_is_refused() -> None:
    assert day("2026-05-04") == date(2026, 5, 4)
    with pytest.raises(argparse.ArgumentTypeError, match="is not a day"):
        day("2026-05-40")


def test_the_help_explains_every_exit_code() -> None:
    assert [number for number in (*range(11), 130) if f"{number} " not in f" {EPILOG}"] == []
