"""The corpora of the entity annotator: their traps, their types in ours, their words as the model sees them."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.annotation.spans import TAGS, Span, decode_spans
from models.training.entities.data import (
    BTC,
    CORPORA,
    TWEEBANK,
    WNUT17,
    Corpus,
    TaggedTweet,
    is_selection,
    read_entity_rows,
    read_tweets,
    without_mentions,
)
from runtime.errors import BadInput, MissingPrerequisite

EVERY_TYPE = {
    "wnut17": "".join(f"x{number}\tB-{kind}\n" for number, kind in enumerate(WNUT17.types)),
    "btc": "".join(f"x{number}\tB-{kind}\n" for number, kind in enumerate(BTC.types)),
    "tweebank": "".join(f"x{number}\t-\t-\tB-{kind}\n" for number, kind in enumerate(TWEEBANK.types)),
}


def a_file(folder: Path, corpus: Corpus, content: str | bytes, dev: bool = False) -> Path:
    path = folder / (corpus.dev if dev else corpus.train)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content.encode() if isinstance(content, str) else content))
    return path


def one_tweet(folder: Path, corpus: Corpus, content: str) -> TaggedTweet:
    (tweet,) = read_tweets(a_file(folder, corpus, content), corpus)
    return tweet


def names(classes: Iterable[int]) -> set[str]:
    return {TAGS[place] for place in classes}


def test_a_line_that_holds_one_tab_ends_a_tweet(tmp_path: Path) -> None:
    path = a_file(tmp_path, WNUT17, "Oslo\tB-location\n\t\nhello\tO\n\nbye\tO")
    assert [tweet.tokens for tweet in read_tweets(path, WNUT17)] == [("Oslo",), ("hello",), ("bye",)]


def test_the_document_line_of_tweebank_is_no_tweet(tmp_path: Path) -> None:
    path = a_file(tmp_path, TWEEBANK, "-DOCSTART- -X- -X- O\n\nOslo\t-\t-\tB-LOC\n")
    assert [tweet.tokens for tweet in read_tweets(path, TWEEBANK)] == [("Oslo",)]


def test_an_empty_token_is_passed_over(tmp_path: Path) -> None:
    assert one_tweet(tmp_path, BTC, "to\tO\n\tO\n \tO\nOslo\tB-LOC\n").tokens == ("to", "Oslo")


def test_words_are_what_the_model_sees_and_know_their_token(tmp_path: Path) -> None:
    tweet = one_tweet(
        tmp_path,
        WNUT17,
        "RT\tO\n@quiet_otter_1\tO\n&amp;\tO\n#Oslo\tB-location\nhttp://t.co/x\tO\n\u200d\tO\nwe'll\tO\n",
    )
    assert tweet.text == "RT @ user & # Oslo http we ' ll"
    assert tweet.owners == (0, 1, 1, 2, 3, 3, 4, 6, 6, 6)


def test_placeholders_of_tweebank_are_the_masks_of_production(tmp_path: Path) -> None:
    assert one_tweet(tmp_path, TWEEBANK, "@USER123\t-\t-\tO\nURL456\t-\t-\tO\n").text == "@ user http"


def test_the_first_word_of_a_token_begins_and_the_others_continue(tmp_path: Path) -> None:
    tweet = one_tweet(tmp_path, WNUT17, "St.\tB-location\nIves\tI-location\n")
    assert [names(classes) for classes in tweet.targets] == [{"B-location"}, {"I-location"}, {"I-location"}]


def test_outside_in_a_corpus_without_products_allows_products(tmp_path: Path) -> None:
    (classes,) = one_tweet(tmp_path, BTC, "phone\tO\n").targets
    assert names(classes) == {"O", "B-product", "I-product", "B-other", "I-other"}
    (classes,) = one_tweet(tmp_path, WNUT17, "phone\tO\n").targets
    assert names(classes) == {"O"}


def test_misc_allows_product_and_other_and_is_reported_as_other(tmp_path: Path) -> None:
    tweet = one_tweet(tmp_path, TWEEBANK, "minecraft\t-\t-\tB-MISC\n")
    assert names(tweet.targets[0]) == {"B-product", "B-other"}
    assert tweet.truth == ["B-other"]
    assert TWEEBANK.as_reported([Span("product", 0, 1)]) == [Span("other", 0, 1)]
    assert TWEEBANK.reported == ("person", "location", "organisation", "other")


def test_groups_and_corporations_are_organisations_and_works_are_other() -> None:
    given = ("B-group", "I-corporation", "B-creative-work", "B-product", "O")
    assert [WNUT17.common(tag) for tag in given] == ["B-organisation", "I-organisation", "B-other", "B-product", "O"]


def test_a_token_takes_its_first_words_tag(tmp_path: Path) -> None:
    tweet = one_tweet(tmp_path, WNUT17, "#Oslo\tO\n\u200d\tO\nnow\tO\n")
    assert tweet.to_tokens(["B-location", "O", "O"]) == ["B-location", "O", "O"]


def test_masking_the_mentions_leaves_no_entity_in_them(tmp_path: Path) -> None:
    tweet = one_tweet(tmp_path, BTC, "@\tB-ORG\nquiet_otter_1\tB-ORG\nin\tO\nOslo\tB-LOC\n@\tO\n")
    masked = without_mentions(tweet)
    assert masked.text == "@ user in Oslo @"
    assert decode_spans(masked.truth) == [Span("location", 3, 4)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Oslo\tB-LOC\nOslo\n", "line 2: 1 tab-separated columns where 2"),
        ("Oslo B-LOC\n", "line 1: 1 tab-separated columns"),
        ("a\tO\n\nOslo\tB-CITY\n", "line 3: tag 'B-CITY' is neither"),
        ("a\tO\nb\tE-PER\n", "line 2: tag 'E-PER' is neither"),
        ("a\tO\nb\t\n", "line 2: tag '' is neither"),
        ("a\tO\n\u00e9\tO\n".encode("latin-1"), "line 2: not UTF-8"),
        ("a\tB-PER\nb\tB-LOC\n", "line 2: the file ends without an entity of type ORG"),
        ("", "line 0: the file ends without an entity of type PER, LOC, ORG"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_tweets(a_file(tmp_path, BTC, content), BTC, complete=True)


def test_a_file_that_is_not_gzip_or_not_there_is_named(tmp_path: Path) -> None:
    path = a_file(tmp_path, BTC, "a\tO\n" * 1000)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(BadInput, match=r"btc_train.conll.gz line \d+: not gzip, or cut short"):
        read_tweets(path, BTC)
    path.write_bytes(b"a\tO\n")
    with pytest.raises(BadInput, match="line 1: not gzip"):
        read_tweets(path, BTC)
    path.unlink()
    with pytest.raises(MissingPrerequisite, match="--data"):
        read_tweets(path, BTC)


def a_folder(folder: Path, *texts: str) -> Path:
    """Files of all corpora; `texts` are added to WNUT-17's train file."""
    for corpus in CORPORA:
        a_file(folder, corpus, f"{corpus.name}{chr(9) * (corpus.columns - 1)}O\n", dev=True)
        more = "".join(f"\n{text}\tO\n" for text in texts) if corpus == WNUT17 else ""
        a_file(folder, corpus, f"{EVERY_TYPE[corpus.name]}{more}")
    return folder


def test_a_text_of_a_dev_file_is_not_trained_on(tmp_path: Path) -> None:
    rows = read_entity_rows(a_folder(tmp_path, "tweebank", "kept"))
    assert "tweebank" in {tweet.text for tweet in rows.dev["tweebank"]}
    assert {tweet.text for tweet in rows.train + rows.selection} & {"tweebank", "kept"} == {"kept"}
    assert len(rows.file_hashes) == 6


def test_repeats_count_once_and_the_slice_is_not_trained_on(tmp_path: Path) -> None:
    chosen = next(f"t{number}" for number in range(999) if is_selection(f"t{number}"))
    kept = next(f"t{number}" for number in range(999) if not is_selection(f"t{number}"))
    rows = read_entity_rows(a_folder(tmp_path, chosen, kept, kept))
    assert [tweet.text for tweet in rows.selection].count(chosen) == 1
    assert [tweet.text for tweet in rows.train].count(kept) == 1
    assert chosen not in {tweet.text for tweet in rows.train}


def test_the_real_files_hold_what_their_page_says(shared_data: Path) -> None:
    counted = {
        corpus.name: (len(tweets), sum(len(decode_spans(tweet.tags)) for tweet in tweets))
        for corpus in CORPORA
        if (tweets := read_tweets(shared_data / corpus.dev, corpus))
    }
    assert counted == {"wnut17": (1009, 836), "btc": (1000, 1730), "tweebank": (710, 425)}
