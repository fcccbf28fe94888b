"""The chart behind the number of segments: silhouette and elbow beside each other."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

LINE, CHOSEN = "#2f5d8a", "#c2452d"


def build_chart(
    brand: str, points: Sequence[tuple[int, float, float, int]], chosen_k: int | None, smallest: int
) -> bytes:
    """A PNG of two panels over k with the chosen one marked.

    A point is (k, silhouette -1..1, squared distances, authors of the smallest segment); those with a segment of fewer
    than `smallest` authors could not be chosen and are drawn hollow.
    """
    ks, silhouettes, costs, sizes = zip(*points, strict=True)
    refused = [number for number, size in enumerate(sizes) if size < smallest]
    figure = Figure(figsize=(11, 4.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    figure.suptitle(
        f"How many segments of {brand}'s authors? {chosen_k} chosen: the highest silhouette of those that leave every "
        f"segment {smallest} authors",
        fontsize=11,
    )
    panels = (
        (left, silhouettes, "Silhouette: higher is better", "silhouette (squared Euclidean)"),
        (right, costs, "Elbow: look for the bend", "sum of squared distances"),
    )
    for axes, values, title, label in panels:
        _draw(axes, ks, values, chosen_k, title, label)
        marks = {"marker": "o", "color": LINE, "markerfacecolor": "white", "linestyle": "none"}
        note = f"a segment of fewer than {smallest}"
        axes.plot([ks[each] for each in refused], [values[each] for each in refused], label=note, **marks)
    if refused:
        left.legend(fontsize=8)
    png = BytesIO()
    figure.savefig(png, format="png", metadata={"Software": ""})
    return png.getvalue()


def _draw(axes: Axes, ks: Sequence[int], values: Sequence[float], k: int | None, title: str, label: str) -> None:
    axes.plot(ks, values, marker="o", color=LINE)
    if k is not None:
        height = values[list(ks).index(k)]
        axes.axvline(k, color=CHOSEN, linewidth=1, linestyle="--")
        axes.plot([k], [height], marker="o", markersize=10, color=CHOSEN)
        axes.annotate(f"k = {k}", (k, height), xytext=(8, 8), textcoords="offset points", color=CHOSEN)
    axes.set(title=title, xlabel="number of segments k", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.margins(x=0.08, y=0.15)
