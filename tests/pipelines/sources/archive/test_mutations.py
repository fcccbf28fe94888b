"""Files of each kind, damaged at random: no traceback, no hang, every object accounted for."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import read_archive
from pipelines.sources.archive.record import Record
from runtime.errors import BadInput
from tests.pipelines.sources.archive.kinds import KINDS, flat, lines, page, pretty, simple, status, twarc_csv

NAMES = sorted(name for name, content in KINDS.items() if content)
PIECES = (b"{", b"}", b"[", b"]", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\", b"NaN", b"1e999")


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """(name, content) of a file of some kind with up to four cuts, insertions and repeats."""
    name = draw(st.sampled_from(NAMES))
    content = bytearray(KINDS[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        size = draw(st.integers(0, 60))
        part = draw(st.sampled_from([b"", *PIECES, bytes(content[at : at + size])]))
        content[at : at + draw(st.integers(0, size))] = part
    return name, bytes(content)


@settings(max_examples=150, deadline=20_000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mutation=mutations())
def test_a_damaged_file_is_read_as_far_as_it_goes_or_named_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, mutation: tuple[str, bytes]
) -> None:
    name, content = mutation
    path = tmp_path_factory.mktemp("mutated") / Path(name).name
    path.write_bytes(content)
    reading = Reading()
    records: list[Record] = []
    sentence = str(path)
    try:
        records.extend(read_archive(path, reading=reading))
    except BadInput as error:
        sentence = str(error)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert reading.offered >= len(records)
    assert len({record.position for record in records}) == len(records)
    places = [record.position.rpartition("#")[2].split(".") for record in records]
    assert places == sorted(places, key=lambda place: (int(place[0]), int(place[1])))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "content",
    [
        lines(*(flat(n) for n in range(30))),
        lines(*(status(n) for n in range(30))),
        pretty(*(flat(n) for n in range(30))),
        lines(*(page(n, n + 1) for n in range(0, 30, 2))),
    ],
    ids=["flat", "v1", "pretty", "pages"],
)
def test_one_torn_place_costs_one_object(tmp_path: Path, content: bytes, seed: int) -> None:
    """Bytes are missing somewhere within one line or object: all other tweets are read, and something is a reject."""
    chance = random.Random(seed)
    at = chance.randrange(len(content) // 4, len(content) // 2)
    path = tmp_path / "torn.jsonl"
    path.write_bytes(content[:at] + content[content.index(b"\n", at) :])
    reading = Reading()
    list(read_archive(path, reading=reading))
    lost = 30 - reading.tweets - reading.repeats
    assert lost <= 2
    assert sum(reading.rejects.values()) <= 3
    assert reading.rejects or not lost


@pytest.mark.parametrize("content", [simple(), twarc_csv()], ids=["simple", "twarc"])
def test_a_table_that_ends_in_the_middle_loses_its_last_row_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cut.csv"
    rows = content.count(b"\n") - 1
    path.write_bytes(content[: -len(content.splitlines()[-1]) // 2])
    reading = Reading()
    list(read_archive(path, reading=reading))
    assert rows - 1 <= reading.offered <= rows
