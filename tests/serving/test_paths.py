"""Ids as forms and queries have them."""

import pytest

from serving.paths import parse_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        ("007", 7),
        ("0", 0),
        ("", None),
        ("²", None),
        ("٣", None),
        ("-1", None),
        ("1.0", None),
        ("9" * 19, None),
    ],
)
def test_an_id_is_a_number_that_a_database_has_room_for(text: str, expected: int | None) -> None:
    assert parse_id(text) == expected
