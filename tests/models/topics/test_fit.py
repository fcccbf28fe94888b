"""The topics that a text was made of are found, named, kept over refits, extended, and stored."""

from pathlib import Path

import pytest

from models.topics.emerging import extend_model, find_emerging
from models.topics.factors import UNCLASSIFIED_BELOW
from models.topics.fit import Quality, Rules, choose, fit_topics
from models.topics.model import TopicModel, align_fit, read_model
from models.topics.names import name_topics
from models.topics.vocabulary import Text, build_vocabulary
from tests.models.topics.texts import RARE, SUBJECTS, texts_about

RULES = Rules((2, 4, 6), 0, 20)
AT = "2026-05-04T00:00:00+00:00"


@pytest.fixture(scope="module")
def fitted() -> tuple[TopicModel, list[Text], list[str]]:
    texts, about = texts_about()
    model, _ = align_fit(fit_topics(texts, RULES), None, texts, AT)
    return model, texts, about


def agreement(found: list[str | None], about: list[str]) -> float:
    """The share of texts whose topic is the most common one of their subject."""
    pairs = list(zip(found, about, strict=True))
    best = {
        subject: max(
            {topic for topic, each in pairs if each == subject}, key=lambda topic: pairs.count((topic, subject))
        )
        for subject in set(about)
    }
    return sum(best[subject] == topic and topic is not None for topic, subject in pairs) / len(pairs)


def test_the_subjects_of_the_texts_are_found(fitted: tuple[TopicModel, list[Text], list[str]]) -> None:
    model, texts, about = fitted
    assert model.topic_ids == ("t01", "t02", "t03", "t04")
    assert agreement(model.assign(texts), about) > 0.98
    assert {frozenset(terms) for terms in model.terms.values()} == {frozenset(s.split()) for s in SUBJECTS.values()}


def test_a_text_of_other_words_or_of_every_topic_has_no_topic(fitted: tuple[TopicModel, list[Text], list[str]]) -> None:
    model, *_ = fitted
    mixed = [subject.split()[0] for subject in SUBJECTS.values()]
    assert 1 / len(SUBJECTS) < UNCLASSIFIED_BELOW
    assert model.assign([Text(["weather", "nice"], 1), Text(mixed, 2), Text([], 3)]) == [None, None, None]


def test_a_term_of_too_few_authors_is_in_no_vocabulary() -> None:
    texts, _ = texts_about()
    known = build_vocabulary([*texts, *(Text([RARE, "gate"], number % 19) for number in range(200))], 20)
    assert RARE not in known.terms
    assert min(known.author_counts) >= 20


def test_a_refit_of_the_same_subjects_keeps_the_ids(fitted: tuple[TopicModel, list[Text], list[str]]) -> None:
    model, texts, _ = fitted
    kept = []
    for week in range(3):
        again, _ = texts_about(seed=week + 2)
        refit, events = align_fit(fit_topics(again, Rules((4,), week, 20)), model, again, AT)
        before, after = model.assign(texts), refit.assign(texts)
        kept.append(sum(one == other for one, other in zip(before, after, strict=True)) / len(texts))
        assert {event.event for event in events} == {"kept"}
        model = refit
    assert min(kept) > 0.95


def test_a_topic_that_is_no_longer_talked_about_dies_and_its_id_is_not_used_again(
    fitted: tuple[TopicModel, list[Text], list[str]],
) -> None:
    model, *_ = fitted
    texts, about = texts_about(seed=9, strike="strike union walkout picket pay")
    left = [text for text, subject in zip(texts, about, strict=True) if subject != "seat"]
    refit, events = align_fit(fit_topics(left, Rules((4,), 0, 20)), model, left, AT)
    assert {event.event for event in events} == {"kept", "died", "born"}
    assert set(refit.topic_ids) - set(model.topic_ids) == {"t05"}
    assert refit.last_number == 5


def test_terms_that_appear_within_hours_make_a_topic_without_a_refit(
    fitted: tuple[TopicModel, list[Text], list[str]],
) -> None:
    model, *_ = fitted
    usual, _ = texts_about(300, seed=5)
    assert find_emerging(usual, model, 20) == []
    planted = [Text(["strike", "walkout", "gate"], number) for number in range(40)]
    few = [Text(["typhoon", "gate"], number % 10) for number in range(40)]
    emerging = find_emerging([*usual, *planted, *few], model, 20)
    assert [each.terms for each in emerging] == [("strike", "walkout")]
    extended = extend_model(model, emerging)
    assert extended.topic_ids == (*model.topic_ids, "t05")
    assert extended.assign([Text(["strike", "walkout"], 1)]) == ["t05"]
    assert extended.assign(usual) == model.assign(usual)
    assert find_emerging([*usual, *planted, *few], extended, 20) == []  # the next run sees the same tweets again


def test_what_is_stored_is_what_is_read(fitted: tuple[TopicModel, list[Text], list[str]], tmp_path: Path) -> None:
    model, texts, _ = fitted
    read = read_model(model.write(tmp_path / "topics"))
    assert (read.version, read.terms, read.assign(texts)) == (model.version, model.terms, model.assign(texts))


def test_no_texts_have_no_topics() -> None:
    fit = fit_topics([], RULES)
    model, events = align_fit(fit, None, [], AT)
    assert (fit.chosen, model.topic_ids, model.assign([Text(["gate"], 1)]), events) == (None, (), [None], [])


def test_the_smallest_number_within_one_standard_error_is_chosen() -> None:
    tried = [
        Quality(5, 0.55, 0.02, 0, 0.9, 0.2),
        Quality(10, 0.6, 0.03, 0, 0.9, 0.2),
        Quality(15, 0.61, 0.03, 0, 0.9, 0.2),
    ]
    assert choose(tried) == tried[1]
    assert choose([*tried, Quality(20, 0.9, 0.01, 0, 0.5, 0.2)]) == tried[1]
    assert choose([]) is None


def test_the_topics_of_the_last_fit_stay_while_they_are_as_good() -> None:
    best, stored, worse = (Quality(topics, c_v, 0.04, 0, 0.9, 0.2) for topics, c_v in ((8, 0.6), (9, 0.57), (9, 0.5)))
    small = Quality(5, 0.58, 0.04, 0, 0.9, 0.2)
    assert choose([best, small, stored], stored) == stored
    assert choose([best, small, worse], worse) == small


def test_a_refit_begins_from_the_last_one(fitted: tuple[TopicModel, list[Text], list[str]]) -> None:
    model, texts, _ = fitted
    fit = fit_topics(texts, Rules((6, 5), 1, 20), known=model.loadings)
    assert fit.chosen is fit.tried[-1] and [each.topics for each in fit.tried][-1] == 4
    refit, _ = align_fit(fit, model, texts, AT)
    assert refit.assign(texts) == model.assign(texts)
    unknown = {"t09": {"another term": 1.0}}
    assert len(fit_topics(texts, Rules((6, 5), 1, 20), known=unknown).tried) == 2


def test_names_come_from_the_terms_and_no_name_is_used_twice() -> None:
    topics = {"t01": ["lost bag", "bag", "claim", "belt"], "t02": ["lost bag", "claim", "belt", "gate"], "t03": []}
    assert name_topics(topics, {"t03": "Seats"}) == {
        "t01": "Lost bag, claim, belt",
        "t02": "Lost bag, claim, belt, gate",
        "t03": "Seats",
    }
