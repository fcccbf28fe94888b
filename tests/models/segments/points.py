"""Points for the tests of segments: blobs, and clouds without any structure."""

from collections.abc import Sequence

import numpy as np

from models.segments.criteria import Labels, Points

CENTRES = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]])


def blobs(sizes: Sequence[int] = (300, 200, 100), spread: float = 0.7) -> tuple[Points, Labels]:
    """Round clouds that lie far apart, in no order, and the cloud of each point."""
    rng = np.random.default_rng(7)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return CENTRES[labels] + rng.normal(scale=spread, size=(len(labels), 3)), labels


def cloud(size: int = 600, stretch: Sequence[float] = (1.0, 1.0, 1.0)) -> Points:
    """One cloud, as long along each axis as `stretch` says."""
    drawn: Points = np.random.default_rng(7).normal(size=(size, 3)) * np.array(stretch)
    return drawn
