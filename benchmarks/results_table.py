"""The README's results table, rendered from the result files: `python -m benchmarks.results_table` writes it.

A figure without a result file is left out.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness import RESULTS
from runtime.resources import PROJECT

README = PROJECT / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
Figures = dict[str, Any]


def _measure(task: Figures, with_name: bool = True) -> str:
    low, high = task["interval"]
    name = f"{task['measure'].replace('_', ' ')} " if with_name else ""
    return f"{name}{task[task['measure']]:.3f} (95 % {low:.3f} to {high:.3f})"


def _baselines(task: Figures) -> str:
    return ", ".join(f"{name} {_measure(row, with_name=False)}" for name, row in task["baselines"].items())


def _fold(name: str) -> Callable[[Figures], str]:
    def words(figures: Figures) -> str:
        task = figures["tasks"][name]
        also = f"; macro F1 {task['macro_f1']:.3f}" if task["measure"] != "macro_f1" else ""
        linear = task["baselines"]["TF-IDF + logistic regression"]
        return f"{_measure(task)}{also}; TF-IDF + logistic regression {linear[task['measure']]:.3f}"

    return words


def _calibration(task: Figures) -> str:
    subjectivity = task["subjectivity"]
    return (
        f"{task['calibration_error']:.3f}; {subjectivity['auc']:.3f}, {subjectivity['textblob_auc']:.3f}, "
        f"correlation {subjectivity['correlation_with_textblob']:.3f}"
    )


def _recovery(world: Figures) -> str:
    return f"{world['rand_index']:.3f} (k = {world['segments']}, stability {world['stability']:.2f})"


def _people(found: Figures) -> str:
    if not found["segments"]:
        return f"none of {found['authors']:,}: {found['reason']}"
    return (
        f"{found['segments']} of {found['authors']:,} authors, from {found['smallest_share']:.1%} to "
        f"{found['largest_share']:.1%} of them; stability {found['stability']:.2f}"
    )


def _scale(found: Figures) -> str:
    rows = []
    for authors, steps in found["sizes"].items():
        peak = max(step["peak_mb"] for name, step in steps.items() if name not in ("lay", "change")) / 1000
        seconds = ", ".join(f"{name} {steps[name]['seconds']:.0f} s" for name in ("profile", "segment", "follow"))
        rows.append(f"{int(authors):,}: {seconds}, {peak:.1f} GB")
    last = found["sizes"][max(found["sizes"], key=int)]
    cold, warm = (last[f"profile{kind}"]["seconds"] / last[f"follow{kind}"]["seconds"] for kind in ("", "_warm"))
    growth = ", ".join(f"{name} {found['growth'][name]:.2f}" for name in ("profile", "segment"))
    return f"{'; '.join(rows)}; growth exponents {growth}; updating {cold:.1f} times as fast, {warm:.1f} in a warm JVM"


def _found(found: Figures) -> str:
    return (
        f"{_attacks(found['ways'])}; with protection off {_attacks(found['ways_unprotected'], with_bound=False)}; "
        f"unique documents by author key {found['unique_documents']:.1%}, unique exact profiles "
        f"{found['unique_profiles']:.1%}"
    )


def _attacks(attacks: Figures, with_bound: bool = True) -> str:
    return ", ".join(
        f"{name} {trials['linked']} of {trials['tried']:,}" + (f" ({trials['upper_bound']:.2%})" if with_bound else "")
        for name, trials in attacks.items()
    )


FOLDS = "5 folds (stored predictions of networks that saw neither the row nor its author)"
# name of the row -> (what was measured, the figures as text)
ROWS: dict[str, tuple[str, Callable[[Figures], str]]] = {
    "accuracy": (
        "Sentiment, TweetEval **val** (2,000 tweets), shipped INT8 model through Spark NLP (target 0.75)",
        lambda f: _measure(f["tasks"]["sentiment"]),
    ),
    "baselines": (
        "The same texts: baselines",
        lambda f: _baselines(f["tasks"]["sentiment"]),
    ),
    "calibration": (
        "The same texts: expected calibration error (target 0.03); AUC of subjectivity, TextBlob's, their correlation",
        lambda f: _calibration(f["tasks"]["sentiment"]),
    ),
    "agreement": (
        "The same texts: Spark NLP's label is the same as plain onnxruntime's",
        lambda f: f"{f['tasks']['sentiment']['label_agreement']:.2%}",
    ),
    "airline": (f"Sentiment of the US Airline set (targets 0.85, 0.80), {FOLDS}", _fold("airline")),
    "complaint": ("Complaint or not, ASCII-folded, addresses masked (target 0.85), 5 folds", _fold("complaint")),
    "complaint_to_brands": ("The same without the random rows", _fold("complaint_to_brands")),
    "reason": ("Negative reason of the US Airline set, 10 classes (target 0.60), 5 folds", _fold("reason")),
    "category": ("Category, 10 classes (mapped labels), 5 folds", _fold("category")),
    "entities": (
        "Entities through Spark NLP, span F1 on dev (targets: wnut17 0.52, btc 0.75; `btc_masked`: as in production)",
        lambda f: ", ".join(
            f"{name} {row['f1']:.3f} (95 % {row['f1_low']:.3f} to {row['f1_high']:.3f})"
            for name, row in f["entities"].items()
        ),
    ),
    "languages": (
        "Language detector without X's own `lang`: English",
        lambda f: (
            f"precision {f['english_precision']:.3f}, recall {f['english_recall']:.3f}; scored: "
            f"{f['english_scored']:.1%} of English, {f['others_scored']:.1%} of the rest (n = {f['n']:,})"
        ),
    ),
    "heads": (
        "All heads in one pass, compared with the same encoder with sentiment alone (target 0.90)",
        lambda f: (
            f"ratio {f['ratio']:.2f} ({f['heads_per_second']:.0f} against {f['sentiment_alone_per_second']:.0f} "
            "tweets/s)"
        ),
    ),
    "throughput": (
        "Streaming job, distinct texts, compared with plain onnxruntime on the same cores",
        lambda f: (
            f"ratio {f['ratio']:.2f} ({f['stream_per_second']:.0f} against {f['plain_onnxruntime_per_second']:.0f} "
            f"tweets/s, {f['texts']:,} texts, {f['cores']} cores); entities afterwards: "
            f"{f['complaints_per_second']:.0f} complaints/s"
        ),
    ),
    "freshness": (
        "From Kafka's timestamp to the committed row",
        lambda f: (
            f"p50 {f['p50_seconds']:.1f} s, p95 {f['p95_seconds']:.1f} s at {f['rate']:.0f} tweets/s"
            + (f"; complaints without entities so far: {_missing_share(f):.0%}" if "complaints" in f else "")
        ),
    ),
    "segments_worlds": (
        "Segments of generated authors, compared with their true segments (adjusted Rand index; targets 0.8, 0.8, -)",
        lambda f: "; ".join(f"{level} {_recovery(world)}" for level, world in f.items() if level != "cores"),
    ),
    "segments_people": ("Segments of real authors (profiles/), without sentiment", _people),
    "segments_weeks": (
        "Unchanged authors who keep their segment's id after twelve weekly refits (target 95 %)",
        lambda f: f"{f['kept_share']:.1%} of {f['unchanged']:,}; the worst week {f['lowest_share']:.1%}",
    ),
    "insights_scale": (
        "Profiles and segments of many authors, five tweets each (targets: 6 GB; updating 1 % ten times as fast)",
        _scale,
    ),
    "reidentification": (
        "People re-identified in aggregates by an attacker who knows everybody's figures (target 0): found of tried, "
        "95 % upper bound; and with protection off",
        lambda f: "; ".join(f"{name}: {_found(one)}" for name, one in f.items() if name != "cores"),
    ),
}


def _missing_share(figures: dict[str, Any]) -> float:
    return float(figures["without_entities_yet"] / figures["complaints"])


FOLDED = ("airline", "complaint", "complaint_to_brands", "reason", "category")
COMMANDS = {f"segments_{part}": f"segments --parts {part}" for part in ("worlds", "people", "weeks")}
FILES = dict.fromkeys(("baselines", "calibration", "agreement", "entities", *FOLDED), "accuracy")


def render() -> str:
    """The table, with one line per figure."""
    lines = ["| what | measured | command |", "|---|---|---|"]
    for name, (what, words) in ROWS.items():
        file = FILES.get(name, name)
        path = RESULTS / f"{file}.json"
        figures = json.loads(path.read_text("utf-8")) if path.exists() else None
        if figures and (name not in FOLDED or name in figures["tasks"]):
            lines.append(f"| {what} | {words(figures)} | `python -m benchmarks.{COMMANDS.get(file, file)}` |")
    return "\n".join(lines)


def embed(readme: str) -> str:
    """The README's text with the table between its two comments; ValueError if one of them is missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{render()}\n{END}{after}"


def main(path: Path = README) -> int:
    path.write_text(embed(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
