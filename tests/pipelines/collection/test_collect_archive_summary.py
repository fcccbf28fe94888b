"""What the collector says of each file; nothing is sent here."""

import gzip
import json
import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conf.command_line import Options
from conf.settings import Settings, load_settings
from pipelines.collection import collect_archive
from runtime.errors import BadInput
from tests.pipelines.sources.archive.kinds import EXPECTED, OWN_EXPECTED, flat, lines, write_kinds


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return load_settings(overrides={"home": str(tmp_path / "home")})


def dry_run(settings: Settings, path: Path, **extra: Any) -> None:
    options = Options(
        env=None,
        brand=None,
        as_of=datetime.now(UTC),
        run_id=1,
        dry_run=True,
        extra={"input": str(path), **extra},
    )
    collect_archive.run(settings, options)


def test_a_dry_run_prints_the_same_as_the_reader_finds_for_every_kind(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kinds"
    write_kinds(folder)
    dry_run(here, folder, json=True)
    found = {line["file"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    for name, expected in (EXPECTED | OWN_EXPECTED).items():
        line = found[str(folder / name)]
        assert (line["tweets"], line["notices"], line["rejects"]) == (
            expected.tweets,
            expected.notices,
            dict(expected.rejects),
        )
    assert not here.home.exists()


def test_an_empty_file_is_passed_over_with_a_line(
    here: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_kinds(tmp_path / "kinds")
    with caplog.at_level(logging.INFO, "brandpulse"):
        dry_run(here, tmp_path / "kinds" / "28-empty-hour")
    assert "2026-05-04-01.jsonl is empty: passed over" in caplog.text
    assert "2 files: would send 2 tweets, 0 repeats, 0 notices, 0 rejects" in caplog.text


def test_every_file_has_a_line_of_json_also_one_that_is_empty_or_damaged(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").touch()
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(lines(flat(0)))[:-9])
    (tmp_path / "c.json").write_bytes(lines(flat(0), flat(1)))
    with pytest.raises(BadInput, match=r"b\.json\.gz is damaged"):
        dry_run(here, tmp_path, json=True)
    found = {Path(each["file"]).name: each for each in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {name: each["tweets"] for name, each in found.items()} == {"a.json": 0, "b.json.gz": 1, "c.json": 2}
    assert ["error" in found[name] for name in sorted(found)] == [True, True, False]


def test_thousands_of_empty_files_cost_seconds_and_hide_no_other(
    here: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3000):
        (tmp_path / f"{number:04}.json").touch()
    (tmp_path / "last.json").write_bytes(lines(flat(0)))
    started = time.monotonic()
    with caplog.at_level(logging.INFO, "brandpulse"):
        dry_run(here, tmp_path)
    assert time.monotonic() - started < 60
    assert "last.json: would send 1 tweet, 0 repeats, 0 notices, 0 rejects" in caplog.text


def test_nothing_at_all_is_an_error(here: Settings, tmp_path: Path) -> None:
    write_kinds(tmp_path / "kinds")
    with pytest.raises(BadInput, match=r"a\.jsonl is empty"):
        dry_run(here, tmp_path / "kinds" / "28-empty-hour" / "keepalive_only")


def test_the_last_line_names_rejects_encoding_columns_and_authors_by_handle(
    here: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_kinds(tmp_path / "kinds")
    with caplog.at_level(logging.INFO, "brandpulse"):
        for name in ("12-not-utf8/cp1252.csv", "14-listening-tool-export/mentions.csv", "18-scientific-authors"):
            dry_run(here, tmp_path / "kinds" / name)
    assert "read as cp1252" in caplog.text
    assert "columns not used: Query Id, Query Name, Title" in caplog.text
    assert "3 tweets have an author known by handle alone" in caplog.text
    assert "6 rejects (6 rounded_id)" in caplog.text


def test_a_damaged_file_does_not_stop_the_others(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_kinds(tmp_path / "kinds")
    folder = tmp_path / "kinds" / "29-gzip"
    whole = (folder / "several_members.jsonl.gz").read_bytes()
    (folder / "several_members.jsonl.gz").write_bytes(whole[:-9])
    with pytest.raises(BadInput, match=r"several_members\.jsonl\.gz is damaged after line 3"):
        dry_run(here, folder, json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["tweets"], "error" in line) for line in lines] == [(3, False), (3, False), (3, True)]
