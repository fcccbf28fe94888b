"""A ledger is found again for the same archive, and for no other."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.sources.archive import ledger as ledger_module
from pipelines.sources.archive.ledger import (
    Ledger,
    Ledgers,
    ledger_file,
    read_ledger_of,
    read_ledgers,
    save_ledger,
    with_head,
)
from runtime.errors import BadInput


def written(folder: Path, content: str, name: str = "tweets.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content)
    return folder / name


def saved(folder: Path, path: Path) -> Ledger:
    ledger = replace(read_ledger_of(folder, path), position="tweets.jsonl#1.0", tweets=1)
    save_ledger(ledger_file(folder, ledger), ledger)
    return ledger


def test_a_ledger_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    path = written(tmp_path, "{}\n")
    ledger = saved(tmp_path / "positions", path)
    assert read_ledger_of(tmp_path / "positions", path) == ledger
    assert read_ledgers(tmp_path / "positions") == {ledger.source: ledger}


def test_an_archive_that_grew_keeps_its_ledger_and_its_source(tmp_path: Path) -> None:
    ledger = saved(tmp_path / "positions", written(tmp_path, "{}\n"))
    path = written(tmp_path, "{}\n{}\n")
    found = read_ledger_of(tmp_path / "positions", path)
    assert found == ledger
    assert (with_head(found).head_bytes, with_head(found).source) == (6, ledger.source)


def test_other_content_at_the_same_place_is_another_archive(tmp_path: Path) -> None:
    ledger = saved(tmp_path / "positions", written(tmp_path, "{}\n"))
    found = read_ledger_of(tmp_path / "positions", written(tmp_path, "[]\n"))
    assert (found.position, found.offered) == (None, 0)
    assert found.source != ledger.source


def test_the_same_content_at_another_place_is_another_archive(tmp_path: Path) -> None:
    ledger = saved(tmp_path / "positions", written(tmp_path, "{}\n"))
    assert read_ledger_of(tmp_path / "positions", written(tmp_path / "other", "{}\n")).source != ledger.source


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "{}\n")
    file = ledger_file(tmp_path / "positions", saved(tmp_path / "positions", path))
    file.write_text('{"source": 1')
    with pytest.raises(BadInput, match=f"{file} is not a valid position file"):
        read_ledger_of(tmp_path / "positions", path)


def test_an_archive_imported_with_ids_of_another_version_is_rejected(tmp_path: Path) -> None:
    path = written(tmp_path, "{}\n")
    file = ledger_file(tmp_path / "positions", saved(tmp_path / "positions", path))
    before = json.loads(file.read_text())
    file.write_text(json.dumps({name: value for name, value in before.items() if name != "made_id_version"}))
    with pytest.raises(BadInput, match="was imported when ids were made in another way"):
        read_ledger_of(tmp_path / "positions", path)


def test_many_archives_read_the_ledgers_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(tmp_path, f'{{"{number}": 1}}\n', f"{number}.jsonl") for number in range(20)]
    expected = [saved(tmp_path / "positions", path) for path in paths]
    reads: list[Path] = []
    read_ledger = ledger_module._read

    def counted(file: Path) -> Ledger:
        reads.append(file)
        return read_ledger(file)

    monkeypatch.setattr(ledger_module, "_read", counted)
    ledgers = Ledgers(tmp_path / "positions")
    assert [ledgers.of(path) for path in paths] == expected
    assert len(reads) == len(paths)
