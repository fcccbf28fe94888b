"""The chart behind the number of segments: silhouette and elbow beside each other."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

LINE, CHOSEN = "#2f5d8a", "#c2452d"


def build_chart(brand: str, points: Sequence[tuple[int, float, float]], chosen_k: int | None) -> bytes:
    """A PNG of two panels over k with the chosen one marked; a point is (k, silhouette -1..1, squared distances)."""
    ks, silhouettes, costs = zip(*points, strict=True)
    figure = Figure(figsize=(11, 4.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"How many segments of {brand}'s authors? {chosen_k} chosen, where the silhouette is highest")
    _draw(left, ks, silhouettes, chosen_k, "Silhouette: higher is better", "silhouette (squared Euclidean)")
    _draw(right, ks, costs, chosen_k, "Elbow: look for the bend", "sum of squared distances")
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
