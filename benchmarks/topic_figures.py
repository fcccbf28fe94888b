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


def cleaning(figures: Figures) -> str:
    """Precision (recall) of each rule."""
    rules = figures["rules"].items()
    return ", ".join(f"{name.replace('_', ' ')} {each['precision']:.2f} ({each['recall']:.2f})" for name, each in rules)


def flagged(figures: Figures) -> str:
    """The share of each real set that no rule flags, and the rules that flag most."""
    return "; ".join(_of_set(name, each) for name, each in figures["real"].items())


def _of_set(name: str, found: Figures) -> str:
    reasons = {each: count for each, count in found.items() if each not in ("texts", "usable") and count}
    most = sorted(reasons, key=lambda each: -reasons[each])
    shown = ", ".join(f"{each.replace('_', ' ')} {reasons[each]:,}" for each in most)
    return f"{name} {found['usable'] / found['texts']:.0%} of {found['texts']:,} usable ({shown})"


def assignment(figures: Figures) -> str:
    sizes = sorted(figures["sizes"].items(), key=lambda each: int(each[0]))
    shown = [
        f"{int(count):,}: {each['tweets_per_second']:,.0f} tweets/s, {each['peak_mb'] / 1000:.1f} GB"
        for count, each in sizes
    ]
    return "; ".join(shown) + (
        f"; ten times the tweets, {figures['ratio']:.1f} times the seconds" if "ratio" in figures else ""
    )


def is_linear(figures: Figures) -> bool:
    return bool(figures.get("ratio", 0) <= 10)


def weeks(figures: Figures) -> str:
    shown = [f"{share:.1%} at least of {count} subjects" for count, share in figures["lowest"].items()]
    return f"{', '.join(shown)} keep their topic; a new one is found after {figures['delay_minutes']:.0f} min"


def are_stable(figures: Figures) -> bool:
    return min(figures["lowest"].values()) >= 0.95 and bool(figures["delay_minutes"] <= 120)
