"""BERT's uncased word pieces by `tokenizers`, for checks that must not depend on Spark NLP or transformers.

Texts are normalised (`models.annotation.text.normaliser`), so single blanks separate the words.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Split

MAX_WORD_CHARACTERS = 100
MAX_TOKENS = 128


@dataclass(frozen=True)
class WordPieces:
    """A vocabulary: piece -> id, in the order of vocab.txt."""

    ids: dict[str, int]

    def encode(self, text: str) -> list[int]:
        """[CLS], the pieces of `text`, [SEP]: at most `MAX_TOKENS` ids."""
        return self._enclosed(self._tokenizer.encode(_fold(text)).ids)

    def encode_words(self, words: Sequence[str]) -> tuple[list[int], list[int | None]]:
        """The ids of the words, as from `encode`, and for each word the position of its first piece.

        The position is None for a word without a piece: it folds to nothing, or is beyond `MAX_TOKENS`.
        """
        encoded = self._tokenizer.encode([_fold(word) for word in words], is_pretokenized=True)
        ids = self._enclosed(encoded.ids)
        first: dict[int | None, int] = {}
        for place, word in enumerate(encoded.word_ids[: len(ids) - 2], start=1):
            first.setdefault(word, place)
        return ids, [first.get(word) for word in range(len(words))]

    def _enclosed(self, pieces: list[int]) -> list[int]:
        return [self.ids["[CLS]"], *pieces[: MAX_TOKENS - 2], self.ids["[SEP]"]]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer(WordPiece(self.ids, unk_token="[UNK]", max_input_chars_per_word=MAX_WORD_CHARACTERS))
        tokenizer.pre_tokenizer = Split(" ", "removed")
        return tokenizer


def read_word_pieces(vocab: Path) -> WordPieces:
    """The vocabulary of an annotator folder (`assets/vocab.txt`): one piece per line, the line number is the id."""
    pieces = vocab.read_text("utf-8").split("\n")
    return WordPieces({piece: number for number, piece in enumerate(pieces) if piece})


def _fold(text: str) -> str:
    # `tokenizers` would lower each character alone; Java and Python know that a Greek word ends with a final sigma.
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
