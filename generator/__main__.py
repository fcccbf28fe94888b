"""``python -m generator``: generate the tweets and the truth of a scenario."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from conf.command_line import instant
from generator.scenario import ScenarioError
from generator.stream import Line
from generator.truth import write_world
from generator.world import World, load_world

_SENTENCE = (
    "{lines} lines: {tweet_objects} tweet objects ({distinct_ids} distinct, {repeats} repeats), "
    "{malformed} malformed, {compliance_notices} compliance notices\n"
)


def parser() -> argparse.ArgumentParser:
    line = argparse.ArgumentParser(
        prog="python -m generator", description="Generate the tweets of a scenario, and the truth about them."
    )
    line.add_argument(
        "--scenario", type=Path, required=True, help="the scenario file, such as generator/scenarios/demo.yaml"
    )
    line.add_argument("--out", type=Path, required=True, help="output folder for tweets.jsonl.gz and truth/")
    line.add_argument("--tweets", type=int, help="number of tweet objects (default: from the scenario)")
    line.add_argument(
        "--days", type=int, help="days that they span, up to the end of the scenario (default: from the scenario)"
    )
    line.add_argument(
        "--ends-at", type=instant, help="ISO time at which the tweets end (default: from the scenario)", metavar="TIME"
    )
    line.add_argument("--seed", type=int, help="seed, for another world of the same kind (default: from the scenario)")
    line.add_argument("--spelling", choices=("2.166", "2.167"), help="version of X's contract for the field names")
    line.add_argument("--progress", action="store_true", help="show the progress bar even if stderr is not a terminal")
    return line


def main(arguments: list[str] | None = None) -> int:
    """Generate; return the exit code: 0, 4 for an invalid scenario, 5 if the folder cannot be written."""
    chosen = parser().parse_args(arguments)
    names = ("tweets", "days", "ends_at", "seed", "spelling")
    wanted = {name: getattr(chosen, name) for name in names}
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
