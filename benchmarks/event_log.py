"""Spark's event log of a streaming job -> seconds of CPU that its tasks used, by step."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

Step = Literal["read and parse", "match", "score", "write", "read the log", "follow"]
TWEETS = "annotate_tweets"
NANOSECONDS, MILLISECONDS = 1e9, 1e3


def read_steps(folder: Path, since: float, until: float) -> dict[Step, float]:
    """Seconds of CPU of the tasks that ended in [since, until) (Unix time), by step."""
    of_stage: dict[int, Step] = {}
    found: dict[Step, float] = {}
    for event in _events(folder):
        if event["Event"] == "SparkListenerJobStart":
            query = str(event.get("Properties", {}).get("spark.job.description", ""))
            of_stage |= {stage["Stage ID"]: step_of(query, stage) for stage in event["Stage Infos"]}
        elif event["Event"] == "SparkListenerTaskEnd":
            step, used = of_stage.get(event["Stage ID"]), event.get("Task Metrics")
            if step and used and since <= event["Task Info"]["Finish Time"] / MILLISECONDS < until:
                nanoseconds = used["Executor CPU Time"] + used["Executor Deserialize CPU Time"]
                found[step] = found.get(step, 0.0) + nanoseconds / NANOSECONDS
    return found


def step_of(description: str, stage: dict[str, Any]) -> Step:
    """The step that a stage belongs to, by its job's description and the operators of its RDDs."""
    if TWEETS not in description:
        return "follow"
    if description.startswith("Delta:"):
        return "read the log"
    operators = {json.loads(rdd["Scope"])["name"] for rdd in stage["RDD Info"] if "Scope" in rdd}
    if "MapPartitions" in operators:
        return "score"
    if any(name.startswith("MicroBatchScan") for name in operators):
        return "read and parse"
    if any(name.startswith("Scan parquet") for name in operators):
        return "match"
    return "write"


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    """Events of every application in the folder; the last line may be unfinished while the job runs."""
    for file in sorted(folder.glob("*")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    break
