"""Each kind of fault is what its name says."""

import json
from random import Random

import pytest

from generator.faults import TOLERABLE, encode, kinds, spoil

GOOD = encode(
    {
        "data": {"id": "1", "text": "café & co", "created_at": "2026-03-01T00:00:00.000Z", "public_metrics": {}},
        "includes": {},
    }
)


def _spoiled() -> dict[str, bytes]:
    rng = Random(3)
    return dict(spoil(rng, GOOD, "77") for _ in range(600))


def test_every_kind_comes_up() -> None:
    assert set(_spoiled()) == set(kinds())
    assert set(kinds()) > TOLERABLE


@pytest.mark.parametrize("kind", ["truncated_json", "not_json", "html_page"])
def test_some_lines_are_not_json(kind: str) -> None:
    with pytest.raises(ValueError):
        json.loads(_spoiled()[kind])


def test_no_spoiled_line_breaks_in_two() -> None:
    assert not [kind for kind, line in _spoiled().items() if b"\n" in line or b"\r" in line]


def test_fields_are_wrong_in_the_way_their_kind_says() -> None:
    lines = _spoiled()
    assert json.loads(lines["id_number"])["data"]["id"] == 77
    assert json.loads(lines["text_null"])["data"]["text"] is None
    assert "id" not in json.loads(lines["id_missing"])["data"]
    assert len(json.loads(lines["huge_text"])["data"]["text"]) >= 300_000
    assert rb"\ud83d" in lines["lone_surrogate"]
    assert rb"\u0000" in lines["nul_escape"]
    assert lines["byte_order_mark"].startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        lines["invalid_utf8"].decode()
