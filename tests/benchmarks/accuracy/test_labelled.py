"""Labelled files in several formats give the same rows, and a wrong one is rejected with its line."""

import gzip
from pathlib import Path

import pytest

from benchmarks.accuracy.labelled import read_labelled
from runtime.errors import BadInput


def test_a_quoted_csv_and_a_bare_tsv_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\n"good, ""really""",positive\n')
    with gzip.open(tmp_path / "b.tsv.gz", "wt") as file:
        file.write('label\ttext\n2\tgood, "really"\n')
    first, second = (read_labelled(tmp_path / name) for name in ("a.csv", "b.tsv.gz"))
    assert first == second
    assert (first[0].head.name, first[0].truth, first[0].text) == ("sentiment", 2, 'good, "really"')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label;text\nneutral;a\n", "line 1: the columns must include label and text"),
        (
            "label,text\nneutral,a\nhappy,b\n",
            "line 3: unknown label 'happy'; known labels are negative, neutral, positive",
        ),
        ("label,text\n3,a\n", "line 2: unknown label '3'"),
        ("label,text,head\nneutral,a,anger\n", "line 2: unknown head 'anger'; known heads are sentiment"),
        ("label,text\nneutral\n", "line 2: fewer columns"),
        ("label,text\n", "contains no labelled text"),
        (b"label,text\nneutral,\xff\n", "cannot be read as UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=message):
        read_labelled(path)
