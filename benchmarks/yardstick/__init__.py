"""An annotator that never changes, by which machines and versions of the stream are compared."""

import time
from pathlib import Path

from conf.settings import Settings
from generator import texts
from models.annotation.reference_annotator import ReferenceAnnotator

SAMPLE = 10_000


def plain_rate(settings: Settings) -> float:
    """Texts per second that it scores in plain onnxruntime, on as many cores as the stream scores on."""
    annotator = ReferenceAnnotator(Path(__file__).parent, threads=settings.stream_tweets.score_partitions)
    sample = list(texts(SAMPLE, seed=2))
    annotator.score(sample[:500], batch_size=32)
    started = time.perf_counter()
    annotator.score(sample, batch_size=32)
    return SAMPLE / (time.perf_counter() - started)
