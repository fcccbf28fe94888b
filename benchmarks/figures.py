"""Result files in words, and whether they meet their targets: what `benchmarks.results_table` shows."""

from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]


def measure_of(task: Figures) -> str:
    """A task's measure with its 95 % interval."""
    low, high = task["interval"]
    return f"{task[task['measure']]:.3f} (95 % {low:.3f} to {high:.3f})"


def task(name: str) -> Callable[[Figures], str]:
    """The measure of one task."""
    return lambda figures: measure_of(figures["tasks"][name])


def named_task(name: str) -> Callable[[Figures], str]:
    """The measure of one task with its name; of a cross-validated task also the linear baseline's."""

    def words(figures: Figures) -> str:
        found = figures["tasks"][name]
        measure = found["measure"].replace("_", " ").replace("f1", "F1")
        shown = [f"{measure} {measure_of(found)}"]
        if "how" in found:
            shown += [f"macro F1 {found['macro_f1']:.3f}"] if found["measure"] != "macro_f1" else []
            linear = found["baselines"]["TF-IDF + logistic regression"][found["measure"]]
            shown.append(f"TF-IDF + logistic regression {linear:.3f}")
        return "; ".join(shown)

    return words


def reaches(name: str, **targets: float) -> Callable[[Figures], bool]:
    """Whether a task's measures are at or above their targets."""
    return lambda figures: all(figures["tasks"][name][measure] >= target for measure, target in targets.items())


def baselines(figures: Figures) -> str:
    found = figures["tasks"]["sentiment"]["baselines"]
    return ", ".join(f"{name} {measure_of(row)}" for name, row in found.items())


def calibration(figures: Figures) -> str:
    return f"{figures['tasks']['sentiment']['calibration_error']:.3f}"


def is_calibrated(figures: Figures) -> bool:
    return bool(figures["tasks"]["sentiment"]["calibration_error"] <= 0.03)


def subjectivity(figures: Figures) -> str:
    found = figures["tasks"]["sentiment"]["subjectivity"]
    return (
        f"AUC {found['auc']:.3f}, TextBlob's {found['textblob_auc']:.3f}; "
        f"correlation {found['correlation_with_textblob']:.3f}"
    )


def agreement(figures: Figures) -> str:
    return f"{figures['tasks']['sentiment']['label_agreement']:.2%}"


def entities(figures: Figures) -> str:
    return ", ".join(
        f"{name} {row['f1']:.3f} (95 % {row['f1_low']:.3f} to {row['f1_high']:.3f})"
        for name, row in figures["entities"].items()
    )


def finds_entities(figures: Figures) -> bool:
    found = figures["entities"]
    return bool(found["wnut17"]["f1"] >= 0.52 and found["btc"]["f1"] >= 0.75)


def languages(figures: Figures) -> str:
    return (
        f"precision {figures['english_precision']:.3f}, recall {figures['english_recall']:.3f}; scored: "
        f"{figures['english_scored']:.1%} of English, {figures['others_scored']:.1%} of the rest (n = {figures['n']:,})"
    )


def heads(figures: Figures) -> str:
    return (
        f"ratio {figures['ratio']:.2f} ({figures['heads_per_second']:.0f} against "
        f"{figures['sentiment_alone_per_second']:.0f} tweets/s)"
    )


def at_least(target: float) -> Callable[[Figures], bool]:
    """Whether the ratio reaches the target."""
    return lambda figures: bool(figures["ratio"] >= target)


def archives(figures: Figures) -> str:
    many = "; ".join(
        f"{count} files {each['seconds']:.1f} s, {each['peak_mb']:.0f} MB" for count, each in figures["files"].items()
    )
    return (
        f"{many}; {figures['large_mb']:,.0f} MB of pretty-printed JSON {figures['large_seconds']:.0f} s, "
        f"{figures['large_peak_mb']:.0f} MB (one small file: {figures['base_mb']:.0f} MB)"
    )


def is_linear(figures: Figures) -> bool:
    """Ten times the files take at most eleven times as long, and a large file at most 100 MB more than a small one."""
    costs = [each["per_file_ms"] for each in figures["files"].values()]
    return costs[-1] <= 1.1 * costs[0] and figures["large_peak_mb"] <= figures["base_mb"] + 100


def recovery(figures: Figures) -> str:
    levels = [(level, world) for level, world in figures.items() if level != "cores"]
    return "; ".join(
        f"{level} {world['rand_index']:.3f} (k = {world['segments']}, stability {world['stability']:.2f})"
        for level, world in levels
    )


def are_recovered(figures: Figures) -> bool:
    return bool(min(figures["easy"]["rand_index"], figures["medium"]["rand_index"]) >= 0.8)


def people(figures: Figures) -> str:
    if not figures["segments"]:
        return f"none of {figures['authors']:,}: {figures['reason']}"
    return (
        f"{figures['segments']} segments of {figures['authors']:,} authors, from {figures['smallest_share']:.1%} to "
        f"{figures['largest_share']:.1%} of them; stability {figures['stability']:.2f}"
    )


def weeks(figures: Figures) -> str:
    return f"{figures['kept_share']:.1%} of {figures['unchanged']:,}; the worst week {figures['lowest_share']:.1%}"


def are_kept(figures: Figures) -> bool:
    return bool(figures["kept_share"] >= 0.95)


def scale(figures: Figures) -> str:
    rows = []
    for authors, steps in figures["sizes"].items():
        seconds = ", ".join(f"{name} {steps[name]['seconds']:.0f} s" for name in ("profile", "segment", "follow"))
        rows.append(f"{int(authors):,}: {seconds}, {_peak_mb(steps) / 1000:.1f} GB")
    growth = ", ".join(f"{name} {figures['growth'][name]:.2f}" for name in ("profile", "segment"))
    return f"{'; '.join(rows)}; growth exponents {growth}"


def is_light(figures: Figures) -> bool:
    return _peak_mb(_largest(figures)) <= 6000


def gains(figures: Figures) -> str:
    cold, warm = _gains(figures)
    return f"{cold:.1f} times as fast, {warm:.1f} in a warm JVM"


def is_incremental(figures: Figures) -> bool:
    return min(_gains(figures)) >= 10


def _largest(figures: Figures) -> Figures:
    found: Figures = figures["sizes"][max(figures["sizes"], key=int)]
    return found


def _peak_mb(steps: Figures) -> float:
    return max(float(step["peak_mb"]) for name, step in steps.items() if name not in ("lay", "change"))


def _gains(figures: Figures) -> tuple[float, float]:
    last = _largest(figures)
    cold, warm = (last[f"profile{kind}"]["seconds"] / last[f"follow{kind}"]["seconds"] for kind in ("", "_warm"))
    return cold, warm


def serving(figures: Figures) -> str:
    return "; ".join(
        f"{name} ratio {found['ratio']:.2f} ({found['per_second']:.0f} against {found['bare_per_second']:.0f}), p99 "
        f"{found['p99_ms']:.0f} ms against {found['bare_p99_ms']:.0f} ms"
        for name, found in figures["routes"].items()
    )


def first_paint(figures: Figures) -> str:
    return "; ".join(
        f"{name} {found['paint_ms']:.0f} ms (slowest {found['slowest_paint_ms']:.0f}), its charts "
        f"{found['drawn_ms']:.0f} ms"
        for name, found in figures["pages"].items()
    )


def is_painted(figures: Figures) -> bool:
    return all(found["slowest_paint_ms"] < 1000 for found in figures["pages"].values())
