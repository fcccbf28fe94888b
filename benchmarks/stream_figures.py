"""Figures of the collector and the streaming job in words, and whether they reach their targets."""

from benchmarks.figures import Figures


def throughput(figures: Figures) -> str:
    return (
        f"ratio {figures['ratio']:.2f} ({figures['stream_per_second']:.0f} against "
        f"{figures['plain_onnxruntime_per_second']:.0f} tweets/s)"
    )


def entity_rate(figures: Figures) -> str:
    return f"{figures['candidates_per_second']:.0f} candidates of tickets/s"


def delays(figures: Figures) -> str:
    return f"p50 {figures['p50_seconds']:.1f} s, p95 {figures['p95_seconds']:.1f} s at {figures['rate']:.0f} tweets/s"


def is_fresh(figures: Figures) -> bool:
    return bool(figures["p50_seconds"] <= 6 and figures["p95_seconds"] <= 10)


def missing_entities(figures: Figures) -> str:
    return f"{figures['without_entities_yet'] / figures['candidates']:.0%}"


def flatness(figures: Figures) -> str:
    done, memory = figures["batches"], figures["memory_mb"]
    return (
        f"{done['backlog_first_half']:.0f} records waiting in the first half, {done['backlog_second_half']:.0f} in the "
        f"second; {memory['start']:,.0f} MB at the start, {memory['end']:,.0f} MB at the end"
    )


def is_flat(figures: Figures) -> bool:
    """The second half has at most a fifth more records waiting, and the end at most a tenth more memory."""
    done, memory = figures["batches"], figures["memory_mb"]
    waits = done["backlog_second_half"] <= 1.2 * done["backlog_first_half"] + figures["rate"]
    return bool(waits and memory["end"] <= 1.1 * memory["start"])


def longest(figures: Figures) -> str:
    done = figures["batches"]
    return (
        f"{done['longest_seconds']:.1f} s, at most {done['most_records']:,} records, at {10 * figures['rate']:,.0f} "
        "tweets/s for a minute"
    )


def is_short(figures: Figures) -> bool:
    return bool(figures["batches"]["longest_seconds"] <= 30)


def batch_cost(figures: Figures) -> str:
    return (
        f"{figures['batch_cpu_seconds']:.1f} s of CPU against {figures['other_batch_cpu_seconds']:.1f}, "
        f"{figures['batch_wall_seconds']:.1f} s against {figures['other_batch_wall_seconds']:.1f}: ratios "
        f"{figures['batch_cpu_seconds_ratio']:.2f} and {figures['batch_wall_seconds_ratio']:.2f}"
    )


def is_half(figures: Figures) -> bool:
    return bool(figures["batch_cpu_seconds_ratio"] <= 0.5)


def tweet_cost(figures: Figures) -> str:
    steps = ", ".join(f"{step} {shares['tweet_ms']:.2f}" for step, shares in figures["steps"].items())
    return f"{figures['tweet_cpu_ms']:.1f} ms of CPU; tasks: {steps} ms"


def collector(figures: Figures) -> str:
    return (
        f"p50 {figures['p50_ms']:.0f} ms, p99 {figures['p99_ms']:.0f} ms at "
        f"{figures['delivered_per_second']:.0f} tweets/s; {figures['rss_mb']:.0f} MB, "
        f"{figures['core_share']:.0%} of a core; highest rate {figures['highest_sustained_rate']:.0f} tweets/s"
    )
