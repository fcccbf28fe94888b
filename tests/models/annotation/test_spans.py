"""Spans of tags: how they are read, counted and resampled."""

import numpy as np
import pytest

from models.annotation.spans import (
    TAGS,
    Span,
    count_spans,
    decode_spans,
    f1_interval,
    span_f1,
    summarise_spans,
)

ANNA = Span("person", 0, 2)
OSLO = Span("location", 3, 4)


def test_the_tags_are_o_and_two_of_each_type() -> None:
    assert len(TAGS) == 11
    assert TAGS[:3] == ("O", "B-person", "I-person")


def test_a_span_runs_from_its_beginning_over_its_own_continuations() -> None:
    assert decode_spans(["B-person", "I-person", "O", "B-location"]) == [ANNA, OSLO]
    assert decode_spans(["B-person", "B-person"]) == [Span("person", 0, 1), Span("person", 1, 2)]


def test_a_continuation_of_nothing_begins_a_span() -> None:
    assert decode_spans(["I-person", "I-person", "O", "I-location"]) == [ANNA, OSLO]
    assert decode_spans(["B-person", "I-location"]) == [Span("person", 0, 1), Span("location", 1, 2)]


def test_no_word_has_no_span() -> None:
    assert decode_spans([]) == []


def test_a_span_with_another_end_or_type_is_not_found() -> None:
    answer = [[Span("person", 0, 1), OSLO], [Span("other", 0, 2)]]
    assert count_spans([[ANNA, OSLO], [ANNA]], answer).tolist() == [[1, 2, 2], [0, 1, 1]]


def test_types_that_a_corpus_does_not_annotate_do_not_count_against_the_answer() -> None:
    assert count_spans([[ANNA]], [[ANNA, Span("product", 4, 5)]], ["person"]).tolist() == [[1, 1, 1]]


def test_f1_is_over_all_tweets_and_zero_without_a_span() -> None:
    assert span_f1(np.array([[1, 2, 2], [0, 1, 1]])) == pytest.approx(2 / 6)
    assert span_f1(np.zeros((3, 3), dtype=np.int64)) == 0


def test_the_interval_holds_the_figure_and_the_seed_decides_it() -> None:
    counts = np.array([[1, 1, 1], [0, 1, 1]] * 50)
    low, high = f1_interval(counts, draws=200)
    assert low < span_f1(counts) < high
    assert f1_interval(counts, draws=200) == (low, high)


def test_the_summary_names_each_type() -> None:
    figures = summarise_spans([[ANNA, OSLO]], [[ANNA]], ["person", "location"])
    assert (figures["entities"], figures["precision"], figures["recall"]) == (2, 1, 0.5)
    assert (figures["person_recall"], figures["location_recall"]) == (1, 0)
