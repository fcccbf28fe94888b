"""The figures of tickets in words."""

from benchmarks.figures import Figures


def complaints(figures: Figures) -> str:
    """Recall at precision 0.7 of both stages, and the recall of keyword rules, where 5 % of the tweets complain."""
    stream = [(name, figures[name]["stream"]) for name in ("complaints", "airline")]
    ours = ", ".join(f"{name} {row['two_stages']['recall']:.2f}" for name, row in stream)
    rules = [row["keyword_rules"] for _, row in stream]
    words = ", ".join(f"{row['recall']:.2f} at precision {row['precision']:.2f}" for row in rules)
    return f"{ours}; keyword rules {words}"
