"""What do additional heads cost? All heads in one pass compared with the same encoder with the sentiment head alone.

    python -m benchmarks.heads [--texts 20000] [--rounds 5]

The baseline is the shipped graph cut down to its first head. Both score the same distinct texts through Spark NLP in
turn, so that other load on the machine affects both; the ratio is that of the medians.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import onnx
from pyspark.sql import DataFrame

from benchmarks.harness import save
from conf.command_line import set_up_logging
from conf.session import build_session
from conf.settings import load_settings
from generator import texts
from models.annotation.annotator import Annotator, answer_texts, load_annotator, shipped_folder
from models.annotation.heads import SENTIMENT
from models.annotation.text.normaliser import mask_text_column
from runtime.resources import PROJECT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000, help="distinct texts per round (default: 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each scores them (default: 5)")
    flags = parser.parse_args()
    set_up_logging()
    with tempfile.TemporaryDirectory() as scratch:
        alone = Path(scratch) / "sentiment_alone"
        cut_to_first_head(shipped_folder(load_settings()), alone)
        annotators = {"heads": load(shipped_folder(load_settings())), "sentiment_alone": load(alone)}
        spark = build_session(load_settings(), "heads")
        rows = [(str(number), text) for number, text in enumerate(texts(flags.texts, seed=3))]
        frame = spark.createDataFrame(rows, "text_hash string, text string").repartition(2).cache()
        frame = frame.select("text_hash", mask_text_column(frame["text"]).alias("text"))
        seconds: dict[str, list[float]] = {name: [] for name in annotators}
        for _ in range(flags.rounds + 1):
            for name, annotator in annotators.items():
                seconds[name].append(time_pass(annotator, frame))
    rates = {name: flags.texts / statistics.median(found[1:]) for name, found in seconds.items()}  # the first warms up
    ratio = rates["heads"] / rates["sentiment_alone"]
    save("heads", {f"{name}_per_second": rate for name, rate in rates.items()} | {"ratio": ratio, "texts": flags.texts})
    print(", ".join(f"{name} {rate:.0f} tweets/s" for name, rate in rates.items()) + f", ratio {ratio:.2f}")
    return 0


def load(folder: Path) -> Annotator:
    """The folder's pipeline, imported in a separate process: only one import fits in a process."""
    values = {"BRANDPULSE__ANNOTATORS__TWEETS": str(folder), "BRANDPULSE__ANNOTATORS__USE_CHAMPION": "false"}
    subprocess.run([sys.executable, "-m", "jobs.import_annotator"], cwd=PROJECT, env=os.environ | values, check=True)
    settings = load_settings(overrides={"annotators": {"tweets": str(folder), "use_champion": False}})
    return load_annotator(settings, build_session(settings, "heads"))


def time_pass(annotator: Annotator, frame: DataFrame) -> float:
    """Seconds to score every text; the scores are read and discarded."""
    started = time.perf_counter()
    answer_texts(annotator, frame).write.format("noop").mode("overwrite").save()
    return time.perf_counter() - started


def cut_to_first_head(folder: Path, target: Path) -> None:
    """Write a copy of the annotator `folder` to `target` with the logits of its first head alone."""
    shutil.copytree(folder / "assets", target / "assets")
    (target / "assets" / "labels.txt").write_text("\n".join(SENTIMENT.keys) + "\n", "utf-8")
    model = onnx.load(folder / "model.onnx")
    joined = next(node for node in model.graph.node if "logits" in node.output)
    first = joined.input[0]
    model.graph.node.remove(joined)
    for node in model.graph.node:
        node.output[:] = ["logits" if name == first else name for name in node.output]
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = len(SENTIMENT.labels)
    onnx.checker.check_model(model)
    onnx.save(model, target / "model.onnx")


if __name__ == "__main__":
    sys.exit(main())
