"""The annotator without Spark: plain onnxruntime on the same files and the same normalised texts.

What the Spark path is checked and timed against; no streaming job uses it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession, SessionOptions

from models.annotation.heads import HEADS, answered_heads
from models.annotation.text.normaliser import normalise_text
from models.annotation.text.word_pieces import WordPieces, read_word_pieces

Probabilities = npt.NDArray[np.float64]


class PlainAnnotator:
    """An annotator folder opened with onnxruntime; `threads` is how many cores one call may use."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self.session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.pieces: WordPieces = read_word_pieces(folder / "assets" / "vocab.txt")
        self.labels = (folder / "assets" / "labels.txt").read_text("utf-8").split()

    @property
    def heads(self) -> list[str]:
        """The names of the heads that the folder's labels answer."""
        return answered_heads(self.labels)

    def score(self, texts: Sequence[str], batch_size: int = 1) -> dict[str, Probabilities]:
        """Head name -> probabilities [texts, labels] of raw texts, normalised here."""
        return self.score_normalised([normalise_text(text) for text in texts], batch_size)

    def score_normalised(self, texts: Sequence[str], batch_size: int = 1) -> dict[str, Probabilities]:
        """The same for texts that are normalised already.

        A batch of one never pads, which is how Spark NLP 5.5.3 calls the model; larger ones take texts of like length.
        Dynamic INT8 picks its scale a call, so probabilities move a little with the batch.
        """
        encoded = [self.pieces.encode(text) for text in texts]
        order = (
            sorted(range(len(encoded)), key=lambda row: len(encoded[row])) if batch_size > 1 else range(len(encoded))
        )
        scores = np.zeros((len(encoded), len(self.labels)))
        for start in range(0, len(encoded), batch_size):
            rows = list(order[start : start + batch_size])
            scores[rows] = self._logits([encoded[row] for row in rows])
        chances = 1 / (1 + np.exp(-scores))
        places = {head.name: [self.labels.index(key) for key in head.keys] for head in HEADS if head.name in self.heads}
        return {name: chances[:, columns] for name, columns in places.items()}

    def _logits(self, token_ids: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        width = max(len(ids) for ids in token_ids)
        input_ids = np.array([[*ids, *[0] * (width - len(ids))] for ids in token_ids], dtype=np.int64)
        feed = {
            "input_ids": input_ids,
            "attention_mask": (input_ids != 0).astype(np.int64),
            "token_type_ids": np.zeros_like(input_ids),
        }
        logits: npt.NDArray[np.float32] = self.session.run(["logits"], feed)[0]
        return logits
