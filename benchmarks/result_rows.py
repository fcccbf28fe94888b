"""A row of the tables of measured results."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import figures as f
from benchmarks.harness import RESULTS

COMMANDS = {f"segments_{part}": f"segments --parts {part}" for part in ("worlds", "people", "weeks")} | {
    "reidentification": "reidentification --parts segments",
    "reidentification_trends": "reidentification --parts trends",
    "reidentification_topics": "reidentification --parts topics",
    "freshness_share": "freshness --share 0.4 --seconds 600",
    "freshness_burst": "freshness --burst --rate 100",
}


@dataclass(frozen=True)
class Row:
    """What was measured, its result file, the figures in words, the target in words, and whether it is met."""

    what: str
    file: str
    words: Callable[[f.Figures], str]
    target: str = ""
    is_met: Callable[[f.Figures], bool] = bool

    @property
    def figures(self) -> f.Figures | None:
        """The content of the result file, or None without one."""
        path = RESULTS / f"{self.file}.json"
        found: f.Figures | None = json.loads(path.read_text("utf-8")) if path.exists() else None
        return found

    @property
    def command(self) -> str:
        return f"`python -m benchmarks.{COMMANDS.get(self.file, self.file)}`"

    def verdict(self, figures: f.Figures) -> str:
        """The verdict on the target: met, missed, or none without a target."""
        if not self.target:
            return "–"
        return "met" if self.is_met(figures) else "**missed**"
