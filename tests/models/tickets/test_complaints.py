"""The lowest score that a complaint may have, by which the stream reads fewer tweets."""

from models.tickets.complaints import Cutoffs


def test_the_lowest_score_is_that_of_the_most_tolerant_brand() -> None:
    assert Cutoffs(0.3, 0.5, 0.9, {}).lowest == 0.5
    assert Cutoffs(0.3, 0.5, 0.9, {"skyvarn": 0.4, "acme": 0.7}).lowest == 0.4
