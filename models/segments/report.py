"""The picture of a fit: the criteria for the number of segments, the centroids, and a map of the authors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from models.segments.choice import STABLE, Candidate
from models.segments.features import NAMES
from models.segments.fit import Fit

LINE, CHOSEN, QUIET = "#2f5d8a", "#c2452d", "#9aa3ab"
MAPPED = 4000
SHORT = {"_count": "", "_share": "", "_mean": "", "_days": "", "_per_tweet": "", "_": " "}


def build_report(brand: str, fit: Fit, names: Mapping[str, str]) -> bytes:
    """A PNG of six panels; `names`: segment id -> name, empty where the authors have no structure."""
    figure = Figure(figsize=(17, 11.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(_title(brand, fit), fontsize=15)
    grid = figure.add_gridspec(3, 3, height_ratios=(1, 1.35, 0.06 + 0.055 * max(len(names), 1)))
    first = [figure.add_subplot(grid[0, column]) for column in range(3)]
    candidates, k = fit.choice.candidates, fit.choice.chosen.k if fit.choice.chosen else None
    if candidates:
        _draw_agreement(first[0], candidates, k)
        _draw_stability(first[1], candidates, k)
        _draw_elbow(first[2], candidates, k)
    shades = [*range(0, 20, 2), *range(1, 20, 2)]  # the strong ones of tab20 first
    colours = {one: colormaps["tab20"](shades[number % 20]) for number, one in enumerate(sorted(names))}
    _draw_silhouette(figure.add_subplot(grid[1, 0]), candidates, k)
    _draw_radar(figure.add_subplot(grid[1, 1], projection="polar"), fit, colours)
    _draw_map(figure.add_subplot(grid[1, 2]), fit, colours)
    _draw_names(figure.add_subplot(grid[2, :]), fit, names, colours)
    png = BytesIO()
    figure.savefig(png, format="png", metadata={"Software": ""})
    return png.getvalue()


def _title(brand: str, fit: Fit) -> str:
    authors = f"{fit.authors:,} authors of {brand}"
    if fit.segmentation is None:
        return f"{authors}: no segments, because {fit.choice.reason}"
    return f"{authors}: {len(fit.segmentation.centroids)} segments"


def _draw_agreement(axes: Axes, candidates: Sequence[Candidate], k: int | None) -> None:
    """The mean of four criteria with its standard error over the resamples, and the four criteria."""
    ks = [one.k for one in candidates]
    for label, values in (
        ("silhouette", [one.silhouette for one in candidates]),
        ("Calinski-Harabasz", [one.calinski_harabasz for one in candidates]),
        ("gap", [one.gap for one in candidates]),
        ("elbow (kneedle)", [one.knee for one in candidates]),
    ):
        low, high = min(values), max(values)
        axes.plot(ks, [(value - low) / (high - low or 1.0) for value in values], linewidth=1, alpha=0.6, label=label)
    means, errors = [one.agreement for one in candidates], [one.agreement_error for one in candidates]
    axes.errorbar(ks, means, yerr=errors, marker="o", color=LINE, linewidth=2, capsize=3, label="mean")
    axes.set_ylim(-0.05, 1.4)  # space for the legend above the lines
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(fontsize=8, loc="upper center", ncols=3)
    _finish(axes, k, "Agreement of the criteria", "scaled to 0..1 over k")


def _draw_stability(axes: Axes, candidates: Sequence[Candidate], k: int | None) -> None:
    axes.plot([one.k for one in candidates], [one.stability for one in candidates], marker="o", color=LINE)
    axes.axhline(STABLE, color=QUIET, linewidth=1)
    axes.annotate(f"{STABLE} is required", (candidates[-1].k, STABLE), ha="right", va="bottom", color=QUIET)
    axes.set_ylim(min(0.0, *(one.stability for one in candidates)), 1.05)
    _finish(axes, k, "Stability over resamples of the authors", "mean adjusted Rand index")


def _draw_elbow(axes: Axes, candidates: Sequence[Candidate], k: int | None) -> None:
    ks, costs = [one.k for one in candidates], [one.cost for one in candidates]
    axes.plot(ks, costs, marker="o", color=LINE)
    axes.plot([ks[0], ks[-1]], [costs[0], costs[-1]], color=QUIET, linewidth=1, linestyle=":")
    elbow = max(candidates, key=lambda one: one.knee)
    axes.annotate("elbow (kneedle)", (elbow.k, elbow.cost), xytext=(12, 22), textcoords="offset points", color=QUIET,
                  arrowprops={"arrowstyle": "-", "color": QUIET})  # fmt: skip
    _finish(axes, k, "Elbow", "sum of squared distances")


def _draw_silhouette(axes: Axes, candidates: Sequence[Candidate], k: int | None) -> None:
    if candidates:
        axes.plot([one.k for one in candidates], [one.silhouette for one in candidates], marker="o", color=LINE)
    _finish(axes, k, "Silhouette: higher is better", "mean silhouette")


def _draw_radar(axes: Any, fit: Fit, colours: Mapping[str, Any]) -> None:
    """Centroids over the features: the dotted circle is the mean of all authors, rings are standard deviations."""
    axes.set_title(
        "What sets the segments apart\n(standard deviations from the mean of all authors)", fontsize=11, pad=26
    )
    angles = np.linspace(0, 2 * np.pi, len(NAMES), endpoint=False)
    axes.set_xticks(angles, [_short(name) for name in NAMES], fontsize=8)
    axes.tick_params(axis="x", pad=12)
    around = np.append(angles, angles[0])
    axes.plot(np.linspace(0, 2 * np.pi, 100), np.zeros(100), color=QUIET, linestyle=":", linewidth=1.5)
    axes.set_ylim(-2.5, 2.5)
    axes.set_yticks([-2, -1, 0, 1, 2], ["-2", "-1", "0", "+1", "+2"], fontsize=7, color=QUIET)
    for one in fit.segmentation.centroids if fit.segmentation else ():
        values = np.clip([one.z[name] for name in (*NAMES, NAMES[0])], -2.5, 2.5)
        axes.plot(around, values, color=colours[one.segment_id], linewidth=1.8)


def _draw_map(axes: Axes, fit: Fit, colours: Mapping[str, Any]) -> None:
    points = fit.points[:MAPPED]
    _, _, turned = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    across, up = ((points - points.mean(axis=0)) @ turned[:2].T).T
    shown = [colours[one] for one in fit.labels[:MAPPED]] if fit.labels else QUIET
    axes.scatter(across, up, c=shown, s=6, alpha=0.5, linewidths=0)
    axes.set(title=f"Map of {len(points):,} authors", xlabel="first principal component", ylabel="second")
    axes.set_xticks([])
    axes.set_yticks([])


def _draw_names(axes: Axes, fit: Fit, names: Mapping[str, str], colours: Mapping[str, Any]) -> None:
    axes.axis("off")
    sizes = Counter(fit.labels)
    for number, one in enumerate(sorted(names)):
        height = 1 - (number + 0.5) / len(names)
        axes.plot([0.02], [height], marker="s", markersize=10, color=colours[one], transform=axes.transAxes)
        share = sizes[one] / max(len(fit.labels), 1)
        axes.text(
            0.035, height, f"{one}  {names[one]}  ({share:.0%})", va="center", transform=axes.transAxes, fontsize=11
        )
    if chosen := fit.choice.chosen:
        figures = f"K-Means: k = {chosen.k}, stability {chosen.stability:.2f}, silhouette {chosen.silhouette:.2f}"
        axes.text(0.98, 0.5, figures, ha="right", va="center", transform=axes.transAxes, fontsize=10)


def _finish(axes: Axes, k: int | None, title: str, label: str) -> None:
    if k is not None:
        axes.axvline(k, color=CHOSEN, linewidth=1.2, linestyle="--")
        axes.annotate(f"k = {k}", (k, axes.get_ylim()[0]), xytext=(4, 5), textcoords="offset points", color=CHOSEN)
    axes.set(title=title, xlabel="number of segments k", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)


def _short(name: str) -> str:
    for old, new in SHORT.items():
        name = name.replace(old, new)
    return name
