"""What the demo deletes when it starts, and what it shows of its steps."""

import os
from concurrent.futures import Future, ProcessPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from conf.settings import Settings, load_settings
from runtime.errors import BadInput, CheckFailed, UsageError
from runtime.resources import PROJECT
from stack import demo, lifecycle


def write(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("content")


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def settings_of(home: Path) -> Settings:
    return load_settings(overrides={"home": str(home), "stack_home": str(home / "stack")})


def test_everything_is_deleted_except_annotators_the_stack_and_the_users_archive(tmp_path: Path) -> None:
    settings, archive = settings_of(tmp_path), tmp_path / "input" / "mine.jsonl"
    kept = [tmp_path / "annotators" / "a" / "stages", tmp_path / "stack" / "secrets.json", archive]
    deleted = [tmp_path / name for name in ("lake/t/part.parquet", "a_new_folder/file", "input/old.jsonl", "a_file")]
    write(*kept, *deleted)
    demo.empty(settings.home, demo.kept_paths(settings, archive))
    assert files_of(tmp_path) == {path.relative_to(tmp_path).as_posix() for path in kept}


def test_a_link_is_deleted_but_not_what_it_points_to(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "file")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "lake").symlink_to(tmp_path / "elsewhere")
    demo.empty(tmp_path / "home", set())
    assert files_of(tmp_path) == {"elsewhere/file"}
    assert list((tmp_path / "home").iterdir()) == []


def test_a_home_that_does_not_exist_is_empty_already(tmp_path: Path) -> None:
    demo.empty(tmp_path / "none", set())
    assert not (tmp_path / "none").exists()


def test_the_stack_loses_its_data_and_keeps_its_secrets(tmp_path: Path) -> None:
    write(tmp_path / "kafka" / "topic" / "0.log", tmp_path / "mongo" / "store.mv", tmp_path / "secrets.json")
    lifecycle.delete_data(tmp_path)
    assert files_of(tmp_path) == {"secrets.json"}


def test_a_home_outside_of_the_demos_folder_is_rejected_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "lake" / "file")
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    with pytest.raises(UsageError, match=f"must lie in .*demo, not at {tmp_path}"):
        demo.run(None)
    assert files_of(tmp_path) == {"lake/file"}


def test_an_input_that_does_not_exist_is_named_before_anything_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "HOME", tmp_path)
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    write(tmp_path / "lake" / "file")
    with pytest.raises(BadInput, match=r"INPUT=nowhere\.jsonl: no such file or folder"):
        demo.run("nowhere.jsonl")
    assert files_of(tmp_path) == {"lake/file"}


def a_stack() -> Future[None]:
    running = Future[None]()
    running.set_result(None)
    return running


def collect(settings: Settings, archive: Path, out: StringIO) -> None:
    """Run the step that collects an archive, with what it shows in `out`."""
    homes = {"BRANDPULSE__HOME": str(settings.home), "BRANDPULSE__STACK_HOME": str(settings.stack_home)}
    environment = os.environ | homes | {"PYTHONPATH": str(PROJECT)}
    with (
        ProcessPoolExecutor(1) as worker,
        Progress(TextColumn("{task.description}"), console=Console(file=out), transient=True) as bars,
    ):
        (settings.home / "logs").mkdir()
        demo.Steps(settings, environment, worker, bars).collect(archive, a_stack())


def test_a_failed_step_is_not_shown_as_done_and_named_with_the_last_line_of_its_log(tmp_path: Path) -> None:
    archive, out = tmp_path / "mine.jsonl", StringIO()
    write(archive)
    with pytest.raises(CheckFailed, match=r"^Collect the tweets into Kafka failed with exit code 3: ") as failed:
        collect(settings_of(tmp_path), archive, out)
    assert "no embedded stack is up" in str(failed.value)
    assert str(failed.value).endswith(f"({tmp_path / 'logs' / 'collect_tweets.log'})")
    assert out.getvalue().strip() == ""


def test_the_end_shows_paths_from_the_projects_folder() -> None:
    assert "  charts   .demo/home/reports/*.png\n" in demo.next_steps(load_settings("demo"))
