"""BERT's uncased word pieces in plain Python, for checks that must not depend on Spark NLP or transformers.

Texts are normalised (`models.annotation.text.normaliser`), so single blanks separate the words. What remains is lower
case, removal of accents, and the greedy longest-match split (Wu et al. 2016, as in the BERT reference code).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_WORD_CHARACTERS = 100
MAX_TOKENS = 128


@dataclass(frozen=True)
class WordPieces:
    """A vocabulary: piece -> id, in the order of vocab.txt."""

    ids: dict[str, int]

    def encode(self, text: str) -> list[int]:
        """[CLS], the pieces of `text`, [SEP]: at most `MAX_TOKENS` ids."""
        pieces = [piece for word in _fold(text).split(" ") if word for piece in self._split(word)]
        return [self.ids["[CLS]"], *pieces[: MAX_TOKENS - 2], self.ids["[SEP]"]]

    def encode_words(self, words: Sequence[str]) -> tuple[list[int], list[int | None]]:
        """The ids of the words, as from `encode`, and for each word the position of its first piece.

        The position is None for a word without a piece: it folds to nothing, or is beyond `MAX_TOKENS`.
        """
        ids = [self.ids["[CLS]"]]
        places: list[int | None] = []
        for word in words:
            pieces = [piece for part in _fold(word).split(" ") if part for piece in self._split(part)]
            places.append(len(ids) if pieces and len(ids) < MAX_TOKENS - 1 else None)
            ids += pieces
        return [*ids[: MAX_TOKENS - 1], self.ids["[SEP]"]], places

    def _split(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) and len(word) <= MAX_WORD_CHARACTERS:
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self.ids), None)
            if end is None:
                return [self.ids["[UNK]"]]
            found.append(self.ids[prefix + word[start:end]])
            start = end
        return found or [self.ids["[UNK]"]]


def read_word_pieces(vocab: Path) -> WordPieces:
    """The vocabulary of an annotator folder (`assets/vocab.txt`): one piece per line, the line number is the id."""
    pieces = vocab.read_text("utf-8").split("\n")
    return WordPieces({piece: number for number, piece in enumerate(pieces) if piece})


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
