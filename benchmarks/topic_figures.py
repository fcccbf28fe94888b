"""Result files of topics and alerts in words, and whether they meet their targets."""

from benchmarks.figures import Figures

TOPIC_SETS = ("banks", "airline")


def topics(figures: Figures) -> str:
    """c_v, diversity and unclassified share of each set, with the baselines' c_v."""
    return "; ".join(_of_topics(name, figures) for name in TOPIC_SETS)


def _of_topics(name: str, figures: Figures) -> str:
    ours, methods = _shipped(figures, name), figures[name]["methods"].items()
    others = ", ".join(f"{each} {found['c_v']:.3f}" for each, found in methods if "shipped" not in each)
    shown = f"diversity {ours['diversity']:.2f}, {ours['unclassified']:.0%} unclassified"
    return f"{name} c_v {ours['c_v']:.3f}, {shown} ({others})"


def are_coherent(figures: Figures) -> bool:
    return all(
        _shipped(figures, name)["c_v"] >= 0.60
        and _shipped(figures, name)["diversity"] >= 0.7
        and _shipped(figures, name)["unclassified"] < 0.25
        for name in TOPIC_SETS
    )


def _shipped(figures: Figures, name: str) -> Figures:
    found: Figures = figures[name]["methods"]["shipped (best seed)"]
    return found


def alerts(figures: Figures) -> str:
    found = figures["quarter"]
    return (
        f"recall {found['recall']:.2f} of {found['planted']}, {found['false_per_week']:.2f} false per week; delay "
        f"{found['delay_minutes_median']:.0f} min (p90 {found['delay_minutes_p90']:.0f} min)"
    )


def are_found(figures: Figures) -> bool:
    return bool(figures["quarter"]["recall"] >= 0.9 and figures["quarter"]["false_per_week"] <= 1)


def higgs(figures: Figures) -> str:
    steps = figures["higgs"]["steps"].items()
    shown = [f"{name}: detected {step['detected']}, peak {step['peak']}" for name, step in steps if step]
    return f"{'; '.join(shown)}; {figures['higgs']['alerts']} alerts in all"


def finds_steps(figures: Figures) -> bool:
    return all(figures["higgs"]["steps"].values())
