"""c_v is gensim's; NPMI, diversity and stability are what their names say."""

import random

import pytest
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel

from models.topics.coherence import c_v, count_occurrences, diversity, mean_npmi, stability

TOPICS = [["gate", "delay", "hour"], ["bag", "lost", "claim"]]


def some_texts(longest: int) -> list[list[str]]:
    """Texts whose words come mostly from one of the topics."""
    chance = random.Random(longest)
    words = [word for topic in TOPICS for word in topic] + ["seat", "fare"]
    texts = []
    for _ in range(300):
        topic = chance.choice(TOPICS)
        texts.append(
            [chance.choice(topic if chance.random() < 0.7 else words) for _ in range(chance.randint(2, longest))]
        )
    return texts


@pytest.mark.parametrize("longest", [6, 30])
def test_c_v_is_that_of_gensim_for_tweets(longest: int) -> None:
    texts = some_texts(longest)
    model = CoherenceModel(topics=TOPICS, texts=texts, dictionary=Dictionary(texts), coherence="c_v", processes=1)
    ours = c_v(TOPICS, count_occurrences(texts, {word for topic in TOPICS for word in topic}))
    assert ours == pytest.approx(model.get_coherence_per_topic(), abs=0.01)


def test_a_text_longer_than_the_window_is_read_in_every_window() -> None:
    counted = count_occurrences([["gate", *["x"] * 4, "delay"]], {"gate", "delay"}, window=5)
    assert (counted.windows, counted.share("gate", "gate"), counted.share("gate", "delay")) == (2, 0.5, 0.0)


def test_terms_that_always_meet_are_coherent_and_those_that_never_do_are_not() -> None:
    texts = [["gate", "delay"], ["bag", "lost"]] * 20
    counted = count_occurrences(texts, {"gate", "delay", "bag"})
    together, apart = mean_npmi([["gate", "delay"], ["gate", "bag"]], counted)
    assert together == pytest.approx(1.0)
    assert apart < -0.9


def test_a_term_that_no_text_has_is_no_error() -> None:
    assert c_v([["gate", "nobody"]], count_occurrences([["gate"]], {"gate", "nobody"}))[0] <= 1.0


def test_diversity_is_the_share_of_distinct_terms() -> None:
    assert diversity([["a", "b"], ["b", "c"]]) == 0.75
    assert diversity([]) == 0.0


def test_runs_with_the_same_topics_in_another_order_are_stable() -> None:
    assert stability([TOPICS, TOPICS[::-1]]) == 1.0
    assert stability([TOPICS, [["x"], ["y"]]]) == 0.0
