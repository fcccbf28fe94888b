"""The picture of a fit, with segments and without."""

import numpy as np
import pytest
from matplotlib.image import imread

from models.segments.choice import Choice, choose_segments
from models.segments.features import NAMES
from models.segments.fit import Fit, Moved
from models.segments.report import build_report
from tests.models.segments.points import blobs, cloud


def a_fit(choice: Choice, points: np.ndarray) -> Fit:
    wide = np.pad(points, ((0, 0), (0, len(NAMES) - 3)))
    return Fit(len(points), choice, None, {}, Moved({}, None, ()), wide, (), 0)


def test_the_report_is_a_picture_that_can_be_read_on_a_screen(tmp_path_factory: pytest.TempPathFactory) -> None:
    points = cloud(200)
    path = tmp_path_factory.mktemp("report") / "report.png"
    path.write_bytes(build_report("acme", a_fit(choose_segments(points, range(2, 5), seed=42), points), {}))
    height, width = imread(path).shape[:2]
    assert (width, height) == (1700, 1150)


def test_authors_that_are_all_alike_have_a_report_too() -> None:
    points = np.ones((30, 3))
    alike = build_report("acme", a_fit(choose_segments(points, [2], seed=42), points), {})
    found = build_report(
        "acme", a_fit(choose_segments(blobs((40, 30, 20))[0], [2, 3], seed=42), blobs((40, 30, 20))[0]), {}
    )
    assert alike.startswith(b"\x89PNG")
    assert len(found) > len(alike) > 10_000
