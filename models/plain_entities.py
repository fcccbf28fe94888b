"""The entity annotator without Spark: plain onnxruntime on the same folder and the same words.

What the Spark path is checked against, and what training measures; no job of the stream uses it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession, SessionOptions

from models.spans import OUTSIDE
from models.wordpiece import WordPieces, read_word_pieces

Probabilities = npt.NDArray[np.float64]


class PlainTagger:
    """A token classifier's folder opened with onnxruntime; `threads` is how many cores one call may use."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self.session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.pieces: WordPieces = read_word_pieces(folder / "assets" / "vocab.txt")
        self.tags = (folder / "assets" / "labels.txt").read_text("utf-8").split()

    def score_words(self, words: Sequence[str]) -> Probabilities:
        """Softmax probabilities [words, tags], each word's at its first piece, as Spark NLP reads them.

        A word without a piece (beyond the longest input, or nothing visible) is outside with certainty.
        """
        ids, places = self.pieces.encode_words(words)
        input_ids = np.array([ids], dtype=np.int64)
        feed = {
            "input_ids": input_ids,
            "attention_mask": np.ones_like(input_ids),
            "token_type_ids": np.zeros_like(input_ids),
        }
        logits = self.session.run(["logits"], feed)[0][0].astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        by_piece = powers / powers.sum(axis=1, keepdims=True)
        outside = (np.array(self.tags) == OUTSIDE).astype(np.float64)
        rows = [outside if place is None else by_piece[place] for place in places]
        return np.array(rows).reshape(len(words), len(self.tags))

    def tag_words(self, words: Sequence[str]) -> list[str]:
        """The likeliest tag of each word."""
        return [self.tags[best] for best in self.score_words(words).argmax(axis=1)]
