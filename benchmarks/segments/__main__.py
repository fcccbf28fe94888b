"""Does the segmenter find the true segments, and do authors keep theirs?

    python -m benchmarks.segments [--data FOLDER] [--parts worlds people weeks]

- worlds: generated worlds at three levels of difficulty (the scenario's `blend`: 0, 0.3, 0.6) through the real profiles
  and the real segmenter, with the generator's truth in place of the annotator. Measure: adjusted Rand index with the
  authors' true segments, for all authors and for those with five or more tweets, because two tweets do not show whether
  somebody complains or praises.
- people: profiles of real authors (profiles/ of the data folder; skipped if it is absent): sizes and stability.
- weeks: weekly refits of the medium world. Each week 5 % of the authors take over another author's behaviour for good;
  all figures are observed with a noise of 0.02 (shares) or 2 % (counts). Measure: the share of authors who never
  changed and keep the id of their segment.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import DATA, REAL_TWEETS, save
from benchmarks.segments.recovery import are_split, measure_people, measure_world
from benchmarks.segments.refits import follow_weeks
from benchmarks.segments.worlds import LEVELS, load_level
from conf.session import build_session
from conf.settings import load_settings

PARTS = ("worlds", "people", "weeks")
WEEKS = 12
TARGET_RAND, TARGET_KEPT = 0.8, 0.95


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write one result file per part; return 1 if a figure misses its target."""
    flags = _parse(arguments)
    settings = load_settings()
    spark = build_session(settings, "segments")
    missed = 0
    if "worlds" in flags.parts:
        worlds = {level: measure_world(spark, settings, load_level(level)) for level in LEVELS}
        save("segments_worlds", worlds)
        missed += min(worlds["easy"]["rand_index"], worlds["medium"]["rand_index"]) < TARGET_RAND
        print("\n".join(f"{level}: {_as_text(figures)}" for level, figures in worlds.items()), flush=True)
    if "people" in flags.parts and (flags.data / REAL_TWEETS).is_file():
        people = measure_people(spark, flags.data / REAL_TWEETS)
        save("segments_people", people)
        missed += not are_split(people)
        print(f"people: {_as_text(people)}", flush=True)
    if "weeks" in flags.parts:
        weeks = follow_weeks(spark, settings, WEEKS)
        save("segments_weeks", weeks)
        missed += weeks["kept_share"] < TARGET_KEPT
        print(f"weeks: {_as_text(weeks)}")
    return int(missed > 0)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that contains profiles/")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    return parser.parse_args(arguments)


def _as_text(figures: dict[str, Any]) -> str:
    shown = {name: value for name, value in figures.items() if value is not None}
    return ", ".join(
        f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in shown.items()
    )


if __name__ == "__main__":
    sys.exit(main())
