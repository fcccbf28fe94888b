"""Scenario files are strictly validated."""

import gzip
import json
import re
from pathlib import Path

import pytest

from generator import load_world
from generator.__main__ import main
from generator.scenario import ScenarioError
from generator.world import segments
from tests.generator.conftest import SCENARIOS

SMALL = (SCENARIOS / "small.yaml").read_text("utf-8")


def _scenario(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_scenarios_of_the_project_can_be_played(path: Path) -> None:
    assert load_world(path).scenario.name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("seed: 7", "seed: 7\ncolour: red", r"scenario\.yaml: unknown key 'colour'"),
        ("weight: 1.2", "wait: 1.2", r"brands\[1\]: unknown key 'wait'"),
        ("malformed: 0.03", "mangled: 0.03", r"shares: unknown key 'mangled'"),
        ("malformed: 0.03", "malformed: 3.0", r"shares\.malformed must be between 0 and 0\.5, not 3\.0"),
        ("tweets: 1500", "tweets: many", r"tweets must be of type int, not 'many'"),
        ("days: 3", "", r"the key 'days' is missing"),
        ("industry: coffee", "industry: circus", r"industry must be one of"),
        ("incidents:\n  - {brand: pellowire", "incidents:\n  - {brand: nobody", r"incident of unknown brand 'nobody'"),
        ("seed: 7", "seed: 7\nblend: 1.5", r"blend must be between 0 and 1, not 1\.5"),
        ("seed: 7", "seed: 7\nsegments: {martians: 0.5}", r"unknown segment 'martians'"),
        ("region: leeds", "region: atlantis", r"incident region 'atlantis'"),
        ("name: small", "name: [", r"is not YAML"),
    ],
)
def test_what_is_wrong_in_a_scenario_is_named_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in SMALL
    with pytest.raises(ScenarioError, match=sentence):
        load_world(_scenario(tmp_path, SMALL.replace(old, new)))


def test_a_user_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.yaml"
    assert main(["--scenario", str(missing), "--out", str(tmp_path / "out")]) == 4
    assert capsys.readouterr().err == f"there is no scenario at {missing}; try generator/scenarios/demo.yaml\n"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    arguments = ["--scenario", str(SCENARIOS / "small.yaml"), "--out", str(tmp_path / "taken"), "--tweets", "5"]
    assert main(arguments) == 5
    assert f"cannot write the world to {tmp_path / 'taken'}" in capsys.readouterr().err


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--scenario", str(SCENARIOS / "small.yaml"), "--out", str(tmp_path), "--tweets", "120", "--days", "1"]
    assert main(arguments) == 0
    assert "120 tweet objects" in capsys.readouterr().out
    assert (tmp_path / "tweets.jsonl.gz").is_file()


def test_a_blend_brings_the_segments_together_and_none_leaves_them_alone() -> None:
    plain, nearer, alike = (segments({}, blend) for blend in (0.0, 0.5, 1.0))
    assert nearer[0].followers[0] > plain[0].followers[0] == 85
    assert plain[2].awake[10] > nearer[2].awake[10] > alike[2].awake[10]
    assert sum(nearer[0].moods.values()) == pytest.approx(sum(plain[0].moods.values()), rel=0.01)
    traits = [(each.followers[0], each.volume, each.moods["praise"], each.awake[3]) for each in alike]
    assert all(each == pytest.approx(traits[0]) for each in traits)
    assert [each.share for each in alike] == [each.share for each in plain]


def test_the_tweets_end_at_the_time_asked_for(tmp_path: Path) -> None:
    asked = ("--scenario", str(SCENARIOS / "small.yaml"), "--tweets", "300", "--days", "2", "--out", str(tmp_path))
    assert main([*asked, "--ends-at", "2026-11-30T22:00Z"]) == 0
    summary = json.loads((tmp_path / "truth" / "summary.json").read_text("utf-8"))
    with gzip.open(tmp_path / "tweets.jsonl.gz", "rt", encoding="utf-8") as lines:
        days = {day for line in lines for day in re.findall(r'"created_at": ?"(2026-11-\d\d)T', line)}
    assert summary["to"].startswith("2026-11-30T22:00")
    assert {"2026-11-29", "2026-11-30"} <= days
