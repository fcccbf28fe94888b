import gzip
from pathlib import Path

import pytest

from conf.errors import BadInput, MissingPrerequisite
from models.training.data import (
    AIRLINE,
    TWEETEVAL_TRAIN,
    Example,
    decode_escapes,
    is_selection_text,
    keep_consistent,
    read_airline,
    read_training_set,
    read_tweeteval,
)


def a_file(folder: Path, name: Path, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content.encode()))
    return path


def a_tsv(folder: Path, *rows: str) -> Path:
    return a_file(folder, TWEETEVAL_TRAIN, "".join(f"{row}\n" for row in ("label\ttext", *rows)))


def an_airline_file(folder: Path, *rows: str) -> Path:
    header = "airline_sentiment,airline_sentiment_confidence,text"
    return a_file(folder, AIRLINE, "".join(f"{row}\r\n" for row in (header, *rows)))


def test_texts_arrive_decoded_masked_and_spaced(tmp_path: Path) -> None:
    path = a_tsv(
        tmp_path, r"positive	@otter it\u2019s \u002c &amp; fun: https://example.org", 'neutral	an "odd quote'
    )
    assert read_tweeteval(path) == [Example("@ user it ' s , & fun : http", 2), Example('an " odd quote', 1)]


def test_a_pair_of_escapes_is_one_character_and_a_half_pair_is_a_replacement() -> None:
    assert decode_escapes(r"a\ud83d\ude00b\ud83dc \u00e9") == "a\U0001f600b\ufffdc é"


def test_an_unknown_label_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"line 3: label 'glad' is none of negative, neutral, positive"):
        read_tweeteval(a_tsv(tmp_path, "neutral\tone", "glad\ttwo"))


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="columns must be label, text"):
        read_tweeteval(a_file(tmp_path, TWEETEVAL_TRAIN, "text\nhello\n"))
    with pytest.raises(BadInput, match="line 2: 1 columns"):
        read_tweeteval(a_tsv(tmp_path, "neutral"))


def test_a_missing_file_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="--data"):
        read_tweeteval(tmp_path / TWEETEVAL_TRAIN)


def test_airline_rows_count_half_and_doubtful_ones_not_at_all(tmp_path: Path) -> None:
    path = an_airline_file(tmp_path, 'negative,1.0,"@SkyHigh late\nagain"', "positive,0.5999,@SkyHigh yes")
    assert read_airline(path) == [Example("@ user late again", 0, 0.5)]


def test_an_airline_row_that_is_cut_short_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"line 3: .*confidence None"):
        read_airline(an_airline_file(tmp_path, "negative,1.0,late", "negative"))


def test_repeats_count_once_and_contradictions_not_at_all() -> None:
    rows = [Example("a", 0), Example("b", 1), Example("a", 0), Example("b", 2), Example("", 1), Example("c", 2)]
    assert keep_consistent(rows) == [Example("a", 0), Example("c", 2)]


def test_the_selection_slice_is_never_trained_on_nor_taken_from_the_airline_set(tmp_path: Path) -> None:
    chosen = next(f"text {i}" for i in range(1000) if is_selection_text(f"text {i}"))
    kept = next(f"text {i}" for i in range(1000) if not is_selection_text(f"text {i}"))
    a_tsv(tmp_path, f"positive\t{chosen}", f"neutral\t{kept}")
    other = next(f"sky {i}" for i in range(1000) if is_selection_text(f"sky {i}"))
    an_airline_file(tmp_path, f"negative,1.0,{chosen}", f"negative,1.0,{other}")
    rows = read_training_set(tmp_path)
    assert rows.selection == [Example(chosen, 2)]
    assert rows.train == [Example(kept, 1), Example(other, 0, 0.5)]
    assert sorted(rows.file_hashes) == ["airline_train.csv.gz", "tweeteval_train.tsv.gz"]


def test_without_the_airline_set_its_file_need_not_exist(tmp_path: Path) -> None:
    a_tsv(tmp_path, "positive\tgood")
    assert len(read_training_set(tmp_path, with_airline=False).file_hashes) == 1
