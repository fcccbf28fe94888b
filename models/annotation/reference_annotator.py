"""The reference annotator: plain onnxruntime without Spark, on the same files and the same normalised texts.

Checks and benchmarks compare the Spark pipeline with it; no streaming job uses it.
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


class ReferenceAnnotator:
    """An annotator folder opened with onnxruntime; one call uses up to `threads` cores."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self.session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.pieces: WordPieces = read_word_pieces(folder / "assets" / "vocab.txt")
        self.labels = (folder / "assets" / "labels.txt").read_text("utf-8").split()

    @property
    def heads(self) -> list[str]:
        """The names of the heads whose labels are all in the folder's labels.txt."""
        return answered_heads(self.labels)

    def score(self, texts: Sequence[str], batch_size: int = 1) -> dict[str, Probabilities]:
        """Raw texts -> head name -> probabilities [texts, labels]; the texts are normalised first."""
        return self.score_normalised([normalise_text(text) for text in texts], batch_size)

    def score_normalised(self, texts: Sequence[str], batch_size: int = 1) -> dict[str, Probabilities]:
        """The same for texts that are already normalised.

        A batch of one is never padded, as in Spark NLP 5.5.3; larger batches group texts of similar length. Dynamic
        INT8 picks its scale per call, so probabilities change slightly with the batch.
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
