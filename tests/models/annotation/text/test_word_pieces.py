from pathlib import Path

from models.annotation.text.word_pieces import MAX_TOKENS, WordPieces, read_word_pieces

VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "##ing", "##s", "cafe", "!"]


def vocabulary() -> WordPieces:
    return WordPieces({piece: number for number, piece in enumerate(VOCAB)})


def pieces(text: str) -> list[str]:
    return [VOCAB[number] for number in vocabulary().encode(text)]


def test_the_longest_piece_is_taken_first() -> None:
    assert pieces("playing !") == ["[CLS]", "play", "##ing", "!", "[SEP]"]


def test_case_and_accents_are_folded() -> None:
    assert pieces("PLAYS Café") == ["[CLS]", "play", "##s", "cafe", "[SEP]"]


def test_a_word_that_cannot_be_pieced_together_is_one_unknown() -> None:
    assert pieces("playx 漢 " + "p" * 101) == ["[CLS]", "[UNK]", "[UNK]", "[UNK]", "[SEP]"]


def test_an_empty_text_is_two_marks() -> None:
    assert pieces("") == ["[CLS]", "[SEP]"]


def test_a_long_text_is_cut_and_still_ends_with_the_separator() -> None:
    assert len(pieces("play " * 300)) == MAX_TOKENS
    assert pieces("play " * 300)[-1] == "[SEP]"


def test_the_line_number_in_the_file_is_the_id(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(VOCAB) + "\n", "utf-8")
    assert read_word_pieces(tmp_path / "vocab.txt") == vocabulary()
