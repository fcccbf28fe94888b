"""Result files of cascades and influencers in words, and whether they meet their targets."""

from benchmarks.figures import Figures

WORLDS = ("profiles", "planted")


def cascades(figures: Figures) -> str:
    return (
        f"{figures['times_faster']:.0f} times as fast ({figures['times_faster_than_arrays']:.0f} times as all draws in "
        f"arrays); largest difference {figures['largest_error']:.1f} standard errors of "
        f"{figures['comparisons']:,} comparisons"
    )


def are_exact(figures: Figures) -> bool:
    return bool(figures["is_within_error"] and figures["times_faster"] >= 100)


def backtests(figures: Figures) -> str:
    parts = []
    for world in WORLDS:
        found = figures[world]
        gains = ", ".join(
            f"{name.replace('_', ' ')} {row['spearman'][0]:+.3f} ({row['spearman'][1]:.3f} to {row['spearman'][2]:.3f})"
            for name, row in found["gains"].items()
        )
        measures = found["measures"]["composite"]
        parts.append(
            f"{world} {measures['spearman']:.3f}, precision@50 {measures['precision_at_50']:.2f}; over {gains}"
        )
    return "; ".join(parts)


def are_proven(figures: Figures) -> bool:
    rows = [row["spearman"] for world in WORLDS for row in figures[world]["gains"].values()]
    return all(low > 0 for _, low, _ in rows)


def higgs(figures: Figures) -> str:
    measures = ", ".join(f"{name} {row['spearman']:.3f}" for name, row in figures["measures"].items())
    return (
        f"{figures['seconds']:.0f} s, {figures['peak_megabytes'] / 1000:.1f} GB; largest difference from NetworkX "
        f"{figures['pagerank_difference']:.1e}; Spearman {measures}"
    )


def freshness(figures: Figures) -> str:
    return (
        f"at most {figures['longest_wait_seconds'] / 60:.1f} minutes where runs start every ten: slowest row "
        f"{figures['slowest_row_seconds']:.0f} s, slowest run {figures['slowest_run_seconds']:.0f} s (the first, with "
        f"the network, {figures['first_run_seconds']:.0f} s)"
    )


def is_fresh(figures: Figures) -> bool:
    return bool(figures["longest_wait_seconds"] <= 15 * 60)
