"""``python -m generator``: play a scenario into a folder."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from generator.scenario import ScenarioError
from generator.stream import Line
from generator.truth import write_world
from generator.world import World, load_world

_SENTENCE = (
    "{lines} lines: {tweet_objects} tweet objects ({distinct_ids} distinct, {repeats} repeats), "
    "{malformed} malformed, {compliance_notices} compliance notices\n"
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(
        prog="python -m generator", description="Play a scenario: tweets and the truth about them."
    )
    line.add_argument(
        "--scenario", type=Path, required=True, help="the scenario, such as generator/scenarios/demo.yaml"
    )
    line.add_argument("--out", type=Path, required=True, help="folder for tweets.jsonl.gz and truth/")
    line.add_argument("--tweets", type=int, help="tweet objects to write (default: what the scenario says)")
    line.add_argument("--days", type=int, help="days they span, ending when the scenario ends")
    line.add_argument("--seed", type=int, help="another world of the same kind")
    line.add_argument("--spelling", choices=("2.166", "2.167"), help="contract whose names are used")
    line.add_argument("--progress", action="store_true", help="show the bar even when this is no terminal")
    return line


def main(arguments: list[str] | None = None) -> int:
    """Run; returns the exit code: 0, 4 for a scenario that cannot be played, 5 for a folder that cannot be written."""
    chosen = parser().parse_args(arguments)
    wanted = {"tweets": chosen.tweets, "days": chosen.days, "seed": chosen.seed, "spelling": chosen.spelling}
    try:
        world = load_world(chosen.scenario, **wanted)
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    try:
        counts = _play(world, chosen.out, chosen.progress or sys.stderr.isatty())
    except OSError as error:
        sys.stderr.write(f"cannot write the world to {chosen.out}: {error.strerror}\n")
        return 5
    sys.stdout.write(_SENTENCE.format(**counts))
    return 0


def _play(world: World, out: Path, is_shown: bool) -> dict[str, Any]:
    with tqdm(total=world.scenario.tweets, unit=" tweets", disable=not is_shown, mininterval=0.5) as bar:

        def advance(line: Line) -> None:
            if line.kind in ("tweet", "repeat"):
                bar.update()

        return write_world(world, out, advance)


if __name__ == "__main__":
    sys.exit(main())
