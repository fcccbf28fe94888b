"""How far a hop came in the table that it follows: a row of gold.run_marks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mark:
    """The source's version, the time that the run answered for, and the settings and formulas that it used."""

    source_version: int
    as_of: datetime
    run_id: int
    rules: str
