"""A rule of a brand's alerts: what it compares. From the brand's file, or a version written on the page."""

from dataclasses import dataclass
from typing import Literal, get_args

Figure = Literal["tweets", "complaints", "complaint_share", "sentiment"]
Comparison = Literal["above", "below", "rises", "falls"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
"""above, below: a number (shares and sentiment in 0..1); rises, falls: per cent of what is usual."""


@dataclass(frozen=True)
class Rule:
    """One version of a rule; version 0 is that of the brand's file."""

    rule_id: str
    version: int
    brand: str
    name: str
    figure: Figure
    comparison: Comparison
    threshold: float
    min_tweets: int
    quiet_minutes: float
    is_enabled: bool = True
