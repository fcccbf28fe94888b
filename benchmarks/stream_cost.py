"""What does a tweet cost the streaming job, and what does a batch: CPU and wall time, by step.

    python -m benchmarks.stream_cost [--against FOLDER] [--rounds 1]

The real job runs with all its queries. Batches of a few rows give what a batch costs, batches of many what a tweet
costs. CPU time is that of the job's processes; the steps come from Spark's event log: what its tasks used is
theirs, the rest is the driver's (planning, code generation, commits, compilation, garbage collection). `--against`
measures the job of another checkout as well, in alternation, each time in a new process.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.event_log import Step, read_steps
from benchmarks.harness import batches, bench_settings, environment, family, job, payloads, save, send, wait_for
from conf.settings import Settings
from generator import texts
from runtime.resources import PROJECT

SMALL, LARGE = 6, 500
WARM_UP, MEASURED = 40, 15
"""Batches: the JVM compiles for long."""


@dataclass(frozen=True)
class Cost:
    """Of one batch of `rows` tweets: seconds of CPU of all queries, seconds of its own, seconds of CPU by step."""

    rows: float
    cpu: float
    wall: float
    steps: dict[Step, float]


class Job:
    """The streaming job of a checkout, fed batch by batch."""

    def __init__(self, settings: Settings, process: "subprocess.Popen[bytes]") -> None:
        self.settings, self.process, self.sent = settings, process, 0

    def feed(self, rows: int) -> None:
        """Send `rows` tweets and wait until they are committed."""
        self.sent += send(self.settings, payloads(texts(rows, seed=1000 + self.sent)))
        wait_for(lambda: sum(batch["rows"] for batch in batches(self.settings)) >= self.sent, self.process, 300)

    def measure(self, rows: int, count: int) -> Cost:
        """The mean cost of `count` batches of `rows` tweets."""
        before, cpu, began = len(batches(self.settings)), self._cpu(), time.time()
        for _ in range(count):
            self.feed(rows)
        cpu, ended = self._cpu() - cpu, time.time()
        done = batches(self.settings)[before:]
        steps = read_steps(self.settings.home / "events", began, ended)
        rows, wall = (sum(batch[key] for batch in done) / len(done) for key in ("rows", "batch_seconds"))
        return Cost(rows, cpu / len(done), wall, {step: seconds / len(done) for step, seconds in steps.items()})

    def _cpu(self) -> float:
        times = [each.cpu_times() for each in family(self.process.pid)]
        return sum(each.user + each.system for each in times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="another checkout, set up by `make setup`")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is measured (default: 1)")
    flags = parser.parse_args()
    trees = {"this": PROJECT} | ({"other": flags.against.resolve()} if flags.against else {})
    found: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    steps: dict[Step, dict[str, float]] = {}
    for _ in range(flags.rounds):
        for name, tree in trees.items():
            small, large = measure(tree)
            found[name].append(summarise(small, large))
            if name == "this":
                steps = {
                    step: split(small, large, small.steps.get(step, 0), seconds)
                    for step, seconds in large.steps.items()
                }
    means = {
        name: {key: sum(each[key] for each in runs) / len(runs) for key in runs[0]} for name, runs in found.items()
    }
    ratio = {
        f"{key}_ratio": means["this"][key] / means["other"][key] for key in ("batch_cpu_seconds", "batch_wall_seconds")
    } if "other" in means else {}  # fmt: skip
    save("stream_cost", means["this"] | {"steps": steps, "rounds": flags.rounds} | ratio | _named_other(means))
    for name, figures in means.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.2f}" for key, value in figures.items()))
    for step, shares in steps.items():
        print(f"  tasks that {step}: {shares['batch_seconds']:.2f} s a batch, {shares['tweet_ms']:.2f} ms a tweet")
    return 0


def measure(tree: Path) -> tuple[Cost, Cost]:
    """The costs of a small and a large batch of a checkout's job."""
    with start_job(tree) as stream:
        for number in range(WARM_UP):
            stream.feed(LARGE if number % 4 == 0 else SMALL)
        return stream.measure(SMALL, MEASURED), stream.measure(LARGE, MEASURED)


@contextmanager
def start_job(tree: Path) -> Iterator[Job]:
    """The streaming job of the checkout `tree`, on a stack of its own."""
    with bench_settings(tree, spark={"event_log": True}, jars=str(tree / ".cache" / "jars")) as (settings, overlay):
        process = subprocess.Popen(
            job("stream_tweets", overlay, tree=tree),
            cwd=tree,
            env=environment(settings, tree),
            stderr=subprocess.DEVNULL,
        )
        yield Job(settings, process)
        process.send_signal(signal.SIGTERM)
        process.wait(300)


def summarise(small: Cost, large: Cost) -> dict[str, float]:
    """What a batch costs and what a tweet costs, by the line through both."""
    cpu, wall = split(small, large, small.cpu, large.cpu), split(small, large, small.wall, large.wall)
    return {
        "batch_cpu_seconds": cpu["batch_seconds"],
        "batch_wall_seconds": wall["batch_seconds"],
        "tweet_cpu_ms": cpu["tweet_ms"],
        "tweet_wall_ms": wall["tweet_ms"],
    }


def split(small: Cost, large: Cost, of_small: float, of_large: float) -> dict[str, float]:
    """Seconds of a small and a large batch -> seconds a batch and milliseconds a tweet."""
    tweet = (of_large - of_small) / (large.rows - small.rows)
    return {"batch_seconds": of_small - small.rows * tweet, "tweet_ms": 1000 * tweet}


def _named_other(means: dict[str, dict[str, float]]) -> dict[str, float]:
    return {f"other_{key}": value for key, value in means.get("other", {}).items()}


if __name__ == "__main__":
    sys.exit(main())
