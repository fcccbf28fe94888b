"""How well a tagger finds entities, and what its training records: curves, results, the card, an mlflow run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from conf.settings import Settings
from models.annotation.reference_tagger import Probabilities, ReferenceTagger
from models.annotation.spans import TAGS, decode_spans, summarise_spans
from models.annotation.text.normaliser import NORMALISER_VERSION
from models.tracking import tracked_run
from models.training.entities.data import CORPORA, EntityRows, TaggedTweet
from models.training.packages import package_versions
from models.training.report import flatten
from runtime.resources import read_resource

EXPERIMENT, REGISTERED = "entities", "annotator-entities"


def score_tweets(folder: Path, tweets: Sequence[TaggedTweet]) -> list[Probabilities]:
    """The probabilities [words, tags] of each tweet from an annotator folder under plain onnxruntime."""
    tagger = ReferenceTagger(folder)
    return [tagger.score_words(tweet.words) for tweet in tweets]


def measure_tweets(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities]) -> dict[str, float]:
    """Span figures (`summarise_spans`) of tweets of one corpus, on its own tokens and in its types."""
    corpus = tweets[0].corpus
    truth = [decode_spans(tweet.truth) for tweet in tweets]
    classes = (rows.argmax(axis=1) for rows in probabilities)
    tags = (tweet.to_tokens([TAGS[best] for best in row]) for tweet, row in zip(tweets, classes, strict=True))
    return summarise_spans(truth, [corpus.as_reported(decode_spans(row)) for row in tags], corpus.reported)


def mean_f1(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities]) -> float:
    """Span F1 of tweets of several corpora, averaged over the corpora."""
    figures = []
    for corpus in CORPORA:
        own = [row for row, tweet in enumerate(tweets) if tweet.corpus == corpus]
        if own:
            figures.append(measure_tweets([tweets[row] for row in own], [probabilities[row] for row in own])["f1"])
    return float(np.mean(figures))


def draw_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Loss (nats per word) and span F1 by epoch on the selection slice, with the last and with the averaged weights."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    loss, f1 = figure.subplots(1, 2)
    for kind, line in (("last", "o-"), ("averaged", "s--")):
        epochs = [row for row in history if row["weights"] == kind]
        numbers = [row["epoch"] for row in epochs]
        loss.plot(numbers, [row["loss"] for row in epochs], line, label=f"selection slice, {kind} weights")
        for corpus in CORPORA:
            f1.plot(numbers, [row.get(f"{corpus.name}_f1") for row in epochs], line, label=f"{corpus.name}, {kind}")
    last = [row for row in history if row["weights"] == "last"]
    numbers = [row["epoch"] for row in last]
    loss.plot(numbers, [row["train_loss"] for row in last], "k:", label="train (smoothed labels)")
    for axes, title in ((loss, "loss (nats per word)"), (f1, "span F1, selection slice")):
        axes.set(title=title, xlabel="epoch", xticks=numbers)
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def build_results(
    recipe: Mapping[str, Any], rows: EntityRows, history: Sequence[Mapping[str, Any]], figures: Mapping[str, object]
) -> dict[str, Any]:
    """Everything that the card shows, as one JSON object; no row of the data."""
    best = max(history, key=lambda row: (row["f1"], row["epoch"]))
    data = {
        "train_tweets": len(rows.train),
        "selection_tweets": len(rows.selection),
        "train": {corpus.name: sum(tweet.corpus == corpus for tweet in rows.train) for corpus in CORPORA},
        "sha256": rows.file_hashes,
    }
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "normaliser_version": NORMALISER_VERSION,
        "recipe": dict(recipe),
        "data": data,
        "history": list(history),
        "chosen": {name: best[name] for name in ("epoch", "weights")},
        "packages": package_versions(),
        **figures,
    }


def render_card(results: Mapping[str, Any]) -> str:
    """The card's text, fractions rounded to three decimals. A KeyError names a figure that is missing."""
    flat = flatten(results)
    shown = {name: f"{round(value, 3):g}" if isinstance(value, float) else str(value) for name, value in flat.items()}
    shown["recipe_learning_rate"] = f"{flat['recipe_learning_rate']:g}"
    card = Template(read_resource("models/training/entities/card.md")).substitute(shown)
    unused = () if shown["recipe_encoder_sha256"] else ("| Unlabelled",)
    return "".join(line for line in card.splitlines(keepends=True) if not line.startswith(unused))


def track_training(settings: Settings, folder: Path, results: Mapping[str, Any]) -> str:
    """Logs recipe, figures and the annotator folder to mlflow and registers it; returns the version."""
    flat = flatten(results)
    with tracked_run(settings, EXPERIMENT, folder.name) as run:
        run.log_parameters(results["recipe"] | {"normaliser": NORMALISER_VERSION})
        run.log_parameters({name: value for name, value in flat.items() if name.startswith(("data_", "packages_"))})
        measured = {name: float(value) for name, value in flat.items() if isinstance(value, int | float)}
        run.log_metrics(
            {name: value for name, value in measured.items() if name.startswith(("int8_", "fp32_", "selection_"))}
        )
        for epoch in results["history"]:
            curve = {f"{epoch['weights']}_{name}": value for name, value in epoch.items() if isinstance(value, float)}
            run.log_metrics(curve, epoch["epoch"])
        return run.register_folder(folder, REGISTERED, {"normaliser": NORMALISER_VERSION})
