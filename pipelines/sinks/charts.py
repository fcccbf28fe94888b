"""Charts as PNG files in the reports folder."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

NEGATIVE, NEUTRAL, POSITIVE, INK = "#c2452d", "#b9bec4", "#2f7d5b", "#2b2f33"


def draw_sentiment(days: Mapping[str, Sequence[tuple[date, float, float, float]]], note: str, path: Path) -> Path:
    """Per brand: tweets per day by sentiment, stacked; a point is (day, negative, neutral, positive).

    `note` is printed below the chart: the days that are hidden, and why.
    """
    figure = Figure(figsize=(11, 1.2 + 2.1 * len(days)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle("Tweets per day by sentiment" if days else "Tweets per day by sentiment: no day can be shown")
    figure.supxlabel(note, fontsize=10, color=INK)
    if days:
        panels = figure.subplots(len(days), 1, squeeze=False, sharex=True)[:, 0]
        for axes, (brand, points) in zip(panels, days.items(), strict=True):
            _stack_days(axes, brand, points)
        panels[0].legend(loc="upper right", ncols=3, frameon=False)
    return _save(figure, path)


def draw_segments(segments: Mapping[str, Sequence[tuple[str, int, float]]], path: Path) -> Path:
    """Per brand: one bar per segment, its length the number of authors, its colour the mean sentiment (0..1).

    A bar is (name, authors, mean sentiment).
    """
    heights = [max(1.0, 0.42 * len(bars)) for bars in segments.values()]
    figure = Figure(figsize=(11, 1.2 + sum(heights) + 0.7 * len(heights)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle("Authors by segment, and their mean sentiment (0 negative, 1 positive)")
    panels = figure.subplots(len(segments), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0]
    for axes, (brand, bars) in zip(panels, segments.items(), strict=True):
        names = [name for name, _, _ in bars][::-1]
        drawn = axes.barh(names, [size for _, size, _ in bars][::-1], color=[_colour(m) for _, _, m in bars][::-1])
        axes.bar_label(
            drawn, [f"{size:,}   sentiment {mean:.2f}" for _, size, mean in bars][::-1], padding=4, color=INK
        )
        axes.set_title(brand, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.25)
    panels[-1].set_xlabel("authors")
    return _save(figure, path)


def _stack_days(axes: Axes, brand: str, points: Sequence[tuple[date, float, float, float]]) -> None:
    days, negative, neutral, positive = (list(column) for column in zip(*points, strict=True))
    under = [0.0] * len(days)
    for label, counts, colour in (
        ("negative", negative, NEGATIVE),
        ("neutral", neutral, NEUTRAL),
        ("positive", positive, POSITIVE),
    ):
        axes.bar(days, counts, bottom=under, color=colour, label=label, width=0.85)
        under = [low + count for low, count in zip(under, counts, strict=True)]
    axes.set_title(brand, loc="left", fontsize=10)
    axes.set_ylabel("tweets")
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.3)


def _colour(mean: float) -> str:
    return NEGATIVE if mean < 0.4 else POSITIVE if mean > 0.6 else NEUTRAL


def _save(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", metadata={"Software": ""})
    return path
