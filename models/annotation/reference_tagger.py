"""The reference entity tagger: plain onnxruntime without Spark, on the same folder and the same words.

Checks compare the Spark pipeline with it and training measures it; no streaming job uses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession, SessionOptions

from models.annotation.annotator import MAX_CHARACTERS
from models.annotation.spans import OUTSIDE, decode_spans
from models.annotation.text.alignment import place_words
from models.annotation.text.normaliser import space_punctuation
from models.annotation.text.word_pieces import WordPieces, read_word_pieces

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Entity:
    """An entity at code points [begin, end) of a masked text; the score is the mean probability of its tags."""

    type: str
    text: str
    begin: int
    end: int
    score: float


class ReferenceTagger:
    """A token classifier's folder opened with onnxruntime; one call uses up to `threads` cores."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self.session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.pieces: WordPieces = read_word_pieces(folder / "assets" / "vocab.txt")
        self.tags = (folder / "assets" / "labels.txt").read_text("utf-8").split()

    def score_words(self, words: Sequence[str]) -> Probabilities:
        """Softmax probabilities [words, tags], read at each word's first piece as in Spark NLP.

        A word without a piece (beyond the longest input, or without visible characters) is outside: probability 1.
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

    def extract(self, masked: str) -> list[Entity]:
        """The entities of a masked text, equal to those of `models.annotation.entities.extract_entities`."""
        read = masked[:MAX_CHARACTERS]
        words = [word for word in space_punctuation(read).split(" ") if word]
        scores = self.score_words(words)
        places = place_words(read)
        found = []
        for span in decode_spans([self.tags[best] for best in scores.argmax(axis=1)]):
            begin, end = places[span.start][0], places[span.end - 1][1]
            score = float(scores[span.start : span.end].max(axis=1).mean())
            found.append(Entity(span.type, read[begin:end], begin, end, score))
        return found
