import gzip
from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, NO_ANSWER, SENTIMENT
from models.training.data import (
    MIN_SHARE,
    SELECTION_ONE_IN,
    Example,
    build_offsets,
    class_shares,
    decode_escapes,
    enumerate_csv,
    fold_of,
    is_selection,
    keep_consistent,
    labels_of,
    opened,
    split_selection,
)
from runtime.errors import BadInput, MissingPrerequisite


def an_example(text: str, sentiment: int = 1, source: str = "tweeteval", group: str = "") -> Example:
    return Example(text, labels_of({SENTIMENT: sentiment}), source, group or text)


def a_group(source: str, *, chosen: bool) -> str:
    return next(f"{source} {i}" for i in range(1000) if is_selection(an_example(f"{source} {i}", 1, source)) == chosen)


def test_a_pair_of_escapes_is_one_character_and_a_half_pair_is_a_replacement() -> None:
    assert decode_escapes(r"a\ud83d\ude00b\ud83dc \u00e9") == "a\U0001f600b\ufffdc é"


def test_a_head_without_a_label_has_no_answer() -> None:
    row = an_example("a", 2)
    assert (row.label(SENTIMENT), row.label(COMPLAINT)) == (2, NO_ANSWER)


def test_repeats_count_once_and_contradictions_not_at_all() -> None:
    rows = [an_example("a", 0), an_example("b", 1), an_example("a", 0), an_example("b", 2), an_example("", 1)]
    assert keep_consistent([*rows, an_example("c", 2)]) == [an_example("a", 0), an_example("c", 2)]


def test_a_head_that_copies_contradict_each_other_on_is_left_out_and_the_others_stay() -> None:
    one = Example("a", labels_of({SENTIMENT: 0, COMPLAINT: 1}), "airline", "ann")
    other = Example("a", labels_of({SENTIMENT: 2}), "airline", "ben")
    assert keep_consistent([one, other]) == [Example("a", labels_of({COMPLAINT: 1}), "airline", "ann")]


def test_the_selection_slice_is_never_trained_on_in_whichever_set_its_text_stands() -> None:
    chosen, kept = a_group("tweeteval", chosen=True), a_group("tweeteval", chosen=False)
    author = a_group("airline", chosen=False)
    copy = an_example(chosen, 0, "airline", author)
    rows = split_selection([an_example(chosen), an_example(kept), copy])
    assert (rows.train, rows.selection) == ([an_example(kept)], [an_example(chosen)])


def test_an_author_is_on_one_side_of_slice_and_folds_whatever_the_text() -> None:
    rows = [an_example(f"text {i}", 1, "airline", "ann") for i in range(50)]
    assert len({is_selection(row) for row in rows}) == 1
    assert len({fold_of(row) for row in rows}) == 1


def test_slices_and_folds_are_about_as_large_as_they_say() -> None:
    rows = [an_example(f"text {i}", 1, "airline") for i in range(5000)]
    assert sum(map(is_selection, rows)) == pytest.approx(5000 / SELECTION_ONE_IN["airline"], rel=0.15)
    assert min(sum(fold_of(row) == fold for row in rows) for fold in range(5)) > 900


def test_a_missing_file_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="--data"), opened(tmp_path / "none.csv.gz") as lines:
        list(lines)


def test_a_wrong_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"text\nfine\nd\xe9j\xe0 vu\n"))
    with pytest.raises(BadInput, match=r"rows\.csv\.gz line 3: not UTF-8"):
        list(enumerate_csv(path, {"text"}))


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"a line\n" * 5000)[:-20])
    with pytest.raises(BadInput, match="not a whole gzip file"), opened(path) as lines:
        list(lines)


def test_a_missing_column_and_a_short_row_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\r\nwhole,1\r\nshort\r\n"))
    with pytest.raises(BadInput, match="line 1: the columns must include domain"):
        list(enumerate_csv(path, {"text", "domain"}))
    with pytest.raises(BadInput, match="line 3: fewer columns"):
        list(enumerate_csv(path, {"text", "label"}))


def a_weighted_example(label: int, source: str = "tweeteval", weight: float = 1.0) -> Example:
    return Example("a", labels_of({SENTIMENT: label}), source, "a", weight)


def test_shares_follow_the_weights_and_a_class_without_rows_gets_the_floor() -> None:
    shares = class_shares(
        [a_weighted_example(0, weight=0.5), a_weighted_example(1), a_weighted_example(1, weight=0.5)], SENTIMENT
    )
    assert shares.tolist() == [0.25, 0.75, MIN_SHARE]


def test_the_rarer_the_class_the_lower_its_offset_where_each_class_counts_the_same() -> None:
    offsets = build_offsets(
        [a_weighted_example(0), a_weighted_example(1), a_weighted_example(1), a_weighted_example(1)]
    )["tweeteval"]
    assert offsets[:2] == pytest.approx(np.log([0.25, 0.75]))


def test_a_set_that_is_measured_by_accuracy_is_left_as_it_is() -> None:
    assert not build_offsets([a_weighted_example(0, "airline"), a_weighted_example(1, "airline")])["airline"][
        : len(SENTIMENT.labels)
    ].any()


def test_a_head_that_a_set_does_not_answer_is_offset_evenly() -> None:
    offsets = build_offsets([Example("a", labels_of({COMPLAINT: 1}), "complaints", "a")])["complaints"]
    start = sum(len(head.labels) for head in HEADS[: HEADS.index(CATEGORY)])
    assert len(set(offsets[start : start + len(CATEGORY.labels)].tolist())) == 1
