"""The figures of tickets in words."""

from benchmarks.figures import Figures


def complaints(figures: Figures) -> str:
    """Recall at precision 0.7 of both stages, and the recall of keyword rules, where 5 % of the tweets complain."""
    stream = [(name, figures[name]["stream"]) for name in ("complaints", "airline")]
    ours = ", ".join(f"{name} {row['two_stages']['recall']:.2f}" for name, row in stream)
    rules = [row["keyword_rules"] for _, row in stream]
    words = ", ".join(f"{row['recall']:.2f} at precision {row['precision']:.2f}" for row in rules)
    return f"{ours}; keyword rules {words}"


def delays(figures: Figures) -> str:
    missing = f"{figures['missing']:,} of {figures['tickets'] + figures['missing']:,} not there five minutes later"
    return f"p50 {figures['p50_seconds']:.1f} s, p95 {figures['p95_seconds']:.1f} s; {missing}"


def is_quick(figures: Figures) -> bool:
    return bool(figures["p95_seconds"] <= 30 and not figures["missing"] and not figures["twice"])
