"""The labelled sets: which labels each row has, and which rows are rejected with their line."""

from pathlib import Path

import pytest

from models.annotation.heads import CATEGORY, COMPLAINT, HEADS, NO_ANSWER, REASON, SENTIMENT, Head
from models.training.data import UNLABELLED, Example, split_selection
from models.training.label_sets import (
    BANKS,
    fold_to_ascii,
    read_airline,
    read_complaints,
    read_sets,
    read_support,
    read_texts,
    read_tweeteval,
    slug,
)
from runtime.errors import BadInput
from tests.models.training.files import a_complaints_file, a_file, a_support_file, a_tsv, an_airline_file

SENTIMENTS = ("negative\tn", "neutral\to", "positive\tp")
EVERY_REASON = tuple(f"ann,text {i},negative,1.0,{label}" for i, label in enumerate(REASON.labels))
EVERY_SENTIMENT = ("ann,so so,neutral,1.0,", "ann,great,positive,0.5,")


def label_of(row: Example, head: Head) -> str:
    label = row.label(head)
    return "-" if label == NO_ANSWER else head.labels[label]


def test_tweeteval_texts_arrive_decoded_masked_and_spaced_with_a_sentiment_alone(tmp_path: Path) -> None:
    rows = read_tweeteval(
        a_tsv(
            tmp_path,
            r"positive	@otter it\u2019s \u002c &amp; fun: https://example.org",
            'neutral	an "odd',
            "negative	x",
        )
    )
    assert [row.text for row in rows] == ["@ user it ' s , & fun : http", 'an " odd', "x"]
    assert [[label_of(row, head) for head in HEADS] for row in rows[:1]] == [["positive", "-", "-", "-"]]


def test_an_unknown_label_a_missing_column_and_an_empty_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"line 3: label 'glad' is none of negative, neutral, positive"):
        read_tweeteval(a_tsv(tmp_path, "neutral\tone", "glad\ttwo"))
    with pytest.raises(BadInput, match="line 2: 1 columns"):
        read_tweeteval(a_tsv(tmp_path, "neutral"))
    with pytest.raises(
        BadInput, match=r"tweeteval_train\.tsv\.gz: no row is labelled negative, positive \(sentiment\)"
    ):
        read_tweeteval(a_tsv(tmp_path, "neutral\tone"))


def test_an_airline_row_teaches_sentiment_and_a_negative_one_its_reason_and_category(tmp_path: Path) -> None:
    rows = read_airline(
        an_airline_file(
            tmp_path, 'bea,"@SkyHigh late\nagain",negative,0.7,Late Flight', *EVERY_REASON, *EVERY_SENTIMENT
        )
    )
    first, last = rows[0], rows[-1]
    assert (first.text, first.weight, first.group, first.source) == ("@ user late again", 0.7, "bea", "airline")
    assert [label_of(first, head) for head in HEADS] == ["negative", "-", "delay", "late_flight"]
    assert [label_of(last, head) for head in HEADS] == ["positive", "-", "-", "-"]


def test_an_airline_row_with_a_reason_or_confidence_of_its_own_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"line 2: label 'bad_weather' is none of bad_flight"):
        read_airline(an_airline_file(tmp_path, "ann,text,negative,1.0,Bad Weather"))
    with pytest.raises(BadInput, match=r"line 2: the confidence 'high' is not a number"):
        read_airline(an_airline_file(tmp_path, "ann,text,neutral,high,"))


def test_a_complaint_is_folded_to_ascii_and_its_domain_or_its_words_give_the_category(tmp_path: Path) -> None:
    rows = read_complaints(
        a_complaints_file(
            tmp_path,
            "the “app” crashed \U0001f621 café,1,software",
            "I want a refund for the app,1,software",
            "my order,1,retail",
            "nice app,0,software",
        )
    )
    assert rows[0].text == 'the " app " crashed cafe'
    assert [label_of(row, CATEGORY) for row in rows] == ["technical", "billing", "-", "-"]
    assert [label_of(row, COMPLAINT) for row in rows] == ["yes", "yes", "yes", "no"]
    assert [row.part for row in rows] == ["software", "software", "retail", "software"]


def test_a_complaint_of_an_unknown_domain_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: domain 'space' is none of"):
        read_complaints(a_complaints_file(tmp_path, "a,1,food", "b,0,space"))


def test_of_support_only_what_a_rule_names_is_taken_and_only_what_customers_wrote(tmp_path: Path) -> None:
    rows = read_support(
        a_support_file(
            tmp_path, "you overcharged me,True", "my account was hacked,True", "hello,True", "refund sent,False"
        )
    )
    assert [(label_of(row, CATEGORY), row.weight) for row in rows] == [("billing", 0.5), ("safety_or_fraud", 0.5)]


def test_a_row_knows_its_place_in_its_file_and_a_repeated_text_its_first(tmp_path: Path) -> None:
    a_tsv(tmp_path, "negative\tsame", "negative\tsame", "neutral\to", "positive\tp")
    an_airline_file(tmp_path, *EVERY_REASON, *EVERY_SENTIMENT)
    a_complaints_file(tmp_path, "a,1,food", "b,0,food")
    a_support_file(tmp_path, "hello,True", "you overcharged me,True")
    assert [row.row for row in read_sets(tmp_path, ["tweeteval"])] == [0, 2, 3]
    assert [row.row for row in read_sets(tmp_path, ["airline"])] == list(range(12))
    assert [row.row for row in read_sets(tmp_path, ["complaints"])] == [0, 1]


def test_texts_without_a_label_are_taken_whoever_wrote_them_and_chosen_on_never(tmp_path: Path) -> None:
    a_support_file(tmp_path, "hello,True", "sorry,False", "hello,False")
    a_file(tmp_path, BANKS, "text", "my card", '""')
    rows = read_texts(tmp_path, ["twcs", "banks"])
    assert [(row.source, row.text, row.row) for row in rows] == [
        ("twcs", "hello", 0),
        ("twcs", "sorry", 1),
        ("banks", "my card", 0),
    ]
    assert split_selection(rows).train == rows and all(row.labels == UNLABELLED for row in rows)


def test_labels_are_found_in_any_spelling() -> None:
    assert [slug(label) for label in ("Can't Tell", "Lost Luggage", "longlines")] == [
        "cant_tell",
        "lost_luggage",
        "longlines",
    ]


def test_folding_leaves_ascii_alone() -> None:
    assert fold_to_ascii("naïve — “x” 日本 \U0001f600 http://a.b") == 'naive - " x " http'


def test_sets_come_in_the_order_asked_each_text_once(tmp_path: Path) -> None:
    a_tsv(tmp_path, *SENTIMENTS, "neutral\to")
    a_support_file(tmp_path, "you overcharged me,True")
    assert [row.source for row in read_sets(tmp_path, ["support", "tweeteval"])] == ["support", *["tweeteval"] * 3]


def test_sentiment_is_the_first_head() -> None:
    assert HEADS[0] == SENTIMENT
