"""Do tweets keep the topic id over weekly refits when nothing changed, and how soon is a new topic found?

    python -m benchmarks.topic_weeks [--weeks 12] [--texts 8000] [--authors 3000]

Each week is fitted on new texts about the same subjects, of the same authors, with the rules of production (5 to 30
topics in steps of 5); a panel of tweets of the first week is assigned by every fit. There are ten subjects, a number
that is tried, and eight, which is none: then some subjects share a topic, and texts move with it. `new topic`: in a
stream with a usual rate people begin to write about something else; every LOOK_MINUTES the texts of the last two hours
are searched, as between two fits. The delay is event time: from the first tweet about it.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.harness import save
from conf.settings import load_settings
from models.topics.emerging import find_emerging
from models.topics.fit import Rules, fit_topics
from models.topics.model import TopicModel, align_fit
from models.topics.vocabulary import Text

SUBJECTS = (
    "bag suitcase lost carousel claim belt luggage trolley",
    "gate delay hour runway tarmac boarding pilot slot",
    "refund card charge payment invoice money fee voucher",
    "seat legroom window aisle row upgrade recline cabin",
    "app login password update screen button crash phone",
    "meal coffee breakfast snack menu drink vegetarian water",
    "agent counter queue hold call answer service rude",
    "lounge shower sofa newspaper champagne guest buffet entry",
    "wifi signal streaming socket charger movie headphone power",
    "child pram family baby toy stroller nap crying",
)
COMMON = ("today", "really", "never", "thanks", "please", "again", "people", "going")
NEW = ("strike walkout union picket", "strike", "walkout")
COUNTS = (10, 8)
START = datetime(2026, 5, 4, tzinfo=UTC)
LOOK_MINUTES, RATE, SHARE, SEED = 15, 1200, 0.25, 20261130
"""Texts per hour, and the share of them that are about the new topic once it has begun."""


@dataclass(frozen=True)
class World:
    texts: int
    authors: int
    rules: Rules
    subjects: int = len(SUBJECTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--texts", type=int, default=8000, help="of each week")
    parser.add_argument("--authors", type=int, default=3000)
    given = parser.parse_args()
    asked = load_settings().discover_topics
    numbers = range(asked.min_topics, asked.max_topics + 1, asked.step)
    rules = Rules(numbers, asked.seed, asked.min_authors)
    lowest = {}
    for subjects in COUNTS:
        shares = []
        world = World(given.texts, given.authors, rules, subjects)
        for week, share in enumerate(follow_weeks(world, given.weeks), 1):
            shares.append(share)
            print(f"{subjects} subjects, week {week}: {share:.1%} of the tweets keep their topic", flush=True)
        lowest[str(subjects)] = min(shares)
    delay = find_new_topic(world, asked.emerging_hours)
    print(f"a new topic is found {delay:.0f} minutes after its first tweet")
    save("topic_weeks", {"weeks": given.weeks, "lowest": lowest, "delay_minutes": delay, "texts": given.texts})


def follow_weeks(world: World, weeks: int) -> Iterator[float]:
    """The share of the panel's tweets with a topic that keep its id, after each refit."""
    panel = list(texts_of(world, Random(f"{SEED} panel"), world.texts))
    model = fit(world, panel, None, START)
    first = model.assign(panel)
    for week in range(1, weeks + 1):
        texts = list(texts_of(world, Random(f"{SEED} {week}"), world.texts))
        model = fit(world, texts, model, START + timedelta(weeks=week))
        kept = [now == then for now, then in zip(model.assign(panel), first, strict=True) if then is not None]
        yield sum(kept) / len(kept)


def find_new_topic(world: World, hours: float) -> float:
    """Minutes of event time from the first tweet about something new to the look that makes it a topic."""
    rng = Random(f"{SEED} stream")
    model = fit(world, list(texts_of(world, rng, world.texts)), None, START)
    window: list[tuple[float, Text]] = []
    begun, step = hours * 60, 60 / RATE
    for place in range(int(3 * hours * RATE)):
        minute = place * step
        is_new = minute >= begun and rng.random() < SHARE
        words = NEW[0] if is_new else rng.choice(SUBJECTS[: world.subjects])
        window.append((minute, a_text(rng, words, world)))
        if minute % LOOK_MINUTES < step and minute > begun:
            window = [(at, text) for at, text in window if at > minute - hours * 60]
            found = find_emerging([text for _, text in window], model, world.rules.min_authors)
            if any(set(NEW[1:]) & set(each.terms) for each in found):
                return minute - begun
    raise RuntimeError(f"no new topic within {2 * hours:g} hours")


def fit(world: World, texts: Sequence[Text], known: TopicModel | None, at: datetime) -> TopicModel:
    found = fit_topics(texts, world.rules, known=known.loadings if known else None)
    model, _ = align_fit(found, known, texts, at.isoformat())
    return model


def texts_of(world: World, rng: Random, count: int) -> Iterator[Text]:
    """Texts about the subjects, the first of which are the most talked about."""
    weights = [1 / (place + 2) for place in range(world.subjects)]
    for subject in rng.choices(SUBJECTS[: world.subjects], weights, k=count):
        yield a_text(rng, subject, world)


def a_text(rng: Random, subject: str, world: World) -> Text:
    """Two to five words of a subject, a word of another one now and then, and one of COMMON."""
    words: list[Any] = rng.sample(subject.split(), rng.randint(2, 4)) + rng.sample(COMMON, 1)
    words += [rng.choice(rng.choice(SUBJECTS[: world.subjects]).split())] if rng.random() < 0.2 else []
    rng.shuffle(words)
    return Text(words, rng.randrange(world.authors))


if __name__ == "__main__":
    main()
