"""Precision and recall of each cleaning rule on planted tweets of known kinds; and how much each flags of real texts.

    python -m benchmarks.cleaning [--each 60] [--ordinary 3000] [--real 20000]

`--each` tweets of every kind are planted among ordinary ones, and as many look-alikes of each
(benchmarks/cleaning_texts.py). A rule's precision is the share of what it flags that was planted for it; copies and
near-duplicates are what they are by definition, so those that arise by chance count as right where their words overlap
as the rule says. Of the real sets nobody knows the truth: how many texts each rule flags is shown.
"""

import argparse
import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from benchmarks.cleaning_texts import FOREIGN, LONG, LOOK_ALIKES, ORDINARY, PLANTED, WORDS
from benchmarks.harness import DATA, save
from conf.schemas.shapes import several, shape
from models.annotation.text.normaliser import mask_text
from models.topics.cleaning import BURST, REASONS, SIMILAR, with_reasons

SEED, BRAND = 20261130, "acme"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAYS = 7
MEANINGS = {BRAND: ("varnish(?:ed|ing)?",)}
ROWS = shape(
    **several("brand", "tweet_id", "author_key", "kind", "lang", "text", "text_hash", kind="string"),
    created_on="date",
    created_at="timestamp",
    hashtags="strings",
)
REAL = {
    "banks": ("banks/kenya_bank_tweets.csv.gz", None),
    "airline": ("airline/airline_train.csv.gz", "name"),
    "complaints": ("complaints/complaints_train.csv.gz", None),
    "support": ("support/twcs_first5000.csv.gz", "author_id"),
    "people": ("profiles/tweets_with_user_fields.csv.gz", "author_id"),
}
Figures = dict[str, Any]


@dataclass
class Planted:
    """Tweets, and for each the reasons that are true of it."""

    rng: Random
    rows: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, set[str]] = field(default_factory=dict)

    def add(self, text: str, *reasons: str, **given: Any) -> dict[str, Any]:
        """A tweet of its own author at a time of its own."""
        number = len(self.rows)
        at = NOON - timedelta(minutes=self.rng.randrange(DAYS * 1440))
        row = {"tweet_id": str(number), "author_key": f"a{number}", "text": text, "created_at": at} | given
        self.rows.append(tweet_of(row))
        self.truth[str(number)] = set(reasons)
        return self.rows[-1]

    def filled(self, template: str) -> str:
        """The template with two words, and a number in letters, so that no two are the same by chance."""
        a, b = self.rng.sample(WORDS, 2)
        return template.format(a=a, b=b)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--ordinary", type=int, default=3000)
    parser.add_argument("--real", type=int, default=20_000, help="at most so many texts of each real set")
    given = parser.parse_args()
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    planted = plant(given.each, given.ordinary)
    rules = measure(planted, judge(spark, planted.rows))
    for reason, found in rules.items():
        print(
            f"{reason:15} precision {found['precision']:.3f}, recall {found['recall']:.3f}, {found['flagged']} flagged"
        )
    real = {name: count_real(spark, name, given.real) for name in REAL if (DATA / REAL[name][0]).is_file()}
    for name, found in real.items():
        print(f"{name}: {found['texts']} texts,", ", ".join(f"{each} {found[each]}" for each in REASONS))
    save("cleaning", {"rules": rules, "real": real, "planted": given.each, "tweets": len(planted.rows)})


def plant(each: int, ordinary: int) -> Planted:
    """The tweets of every kind, their look-alikes, and ordinary ones."""
    made = Planted(Random(SEED))
    for _ in range(ordinary):
        made.add(made.filled("; ".join(made.rng.sample(ORDINARY, 2))))  # one alone is nearly another's
    for number in range(each):
        lang = made.rng.choice([*FOREIGN])
        made.add(made.filled(FOREIGN[lang]), "language", lang=lang)
        for reason, templates in PLANTED.items():
            made.add(made.filled(templates[number % len(templates)]), reason)
        for templates in LOOK_ALIKES.values():
            made.add(made.filled(templates[number % len(templates)]))
        plant_repeats(made)
    for number in range(max(each // BURST, 2)):
        plant_bursts(made, f"bot{number}", f"angry{number}")
    return made


def plant_repeats(made: Planted) -> None:
    """A long text, its retweet, its copy, one with a word more; and one of which half is new."""
    first = made.add(made.filled(LONG), created_at=NOON - timedelta(days=made.rng.randrange(DAYS), hours=6))
    later = first["created_at"] + timedelta(hours=1)
    made.add(first["text"], "retweet", kind="retweet", created_at=later)
    made.add(first["text"], "copy", created_at=later)
    made.add(f"{first['text']} indeed", "near_duplicate", created_at=later)
    half = " ".join(first["text"].split()[:12])
    made.add(f"{half} and {made.filled(ORDINARY[2])}", created_at=later)


def plant_bursts(made: Planted, bot: str, person: str) -> None:
    """More of one author in an hour than a person writes; and half as many of a person."""
    hour = NOON - timedelta(days=made.rng.randrange(DAYS), hours=3)
    for author, count, reasons in ((bot, BURST + 5, ("bot_burst",)), (person, BURST // 2, ())):
        for place in range(count):
            text = made.filled(made.rng.choice(ORDINARY))
            made.add(text, *reasons, author_key=author, created_at=hour + timedelta(minutes=2 * place))


def tweet_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row of ROWS."""
    text = mask_text(row["text"])
    made: dict[str, Any] = {
        "brand": BRAND,
        "kind": "tweet",
        "lang": "en",
        "text_hash": sha256(text.encode()).hexdigest(),
    }
    made |= {"hashtags": re.findall(r"#(\w+)", text), "created_on": row["created_at"].date()}
    return made | row | {"text": text}


def judge(spark: SparkSession, rows: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """{tweet id: the reasons that the rules find}."""
    frame = spark.createDataFrame([tuple(row[name] for name in ROWS.names) for row in rows], ROWS)
    judged: DataFrame = with_reasons(frame, ["en"], MEANINGS)
    return {row["tweet_id"]: set(row["reasons"]) for row in judged.select("tweet_id", "reasons").collect()}


def measure(planted: Planted, found: dict[str, set[str]]) -> dict[str, Figures]:
    """Precision and recall of each rule."""
    by_chance = repeated(planted.rows)
    figures = {}
    for reason in REASONS:
        true = {one for one, reasons in planted.truth.items() if reason in reasons}
        flagged = {one for one, reasons in found.items() if reason in reasons}
        right = flagged & (true | by_chance.get(reason, set()))
        figures[reason] = {
            "planted": len(true),
            "flagged": len(flagged),
            "precision": len(right) / len(flagged) if flagged else 0.0,
            "recall": len(true & flagged) / len(true),
        }
    return figures


def repeated(rows: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """The tweets that repeat an earlier one of their day, word for word, or with so many of the same words."""
    copies, similar = set[str](), set[str]()
    for day in {row["created_on"] for row in rows}:
        own = sorted(
            (row for row in rows if row["created_on"] == day), key=lambda row: (row["created_at"], row["tweet_id"])
        )
        words = [frozenset(re.findall(r"[^\s.,;:!?]+", row["text"].lower())) for row in own]
        seen = set[str]()
        for place, row in enumerate(own):
            if row["text_hash"] in seen:
                copies.add(row["tweet_id"])
            seen.add(row["text_hash"])
            if any(len(words[place] & one) >= SIMILAR * len(words[place] | one) for one in words[:place]):
                similar.add(row["tweet_id"])
    return {"copy": copies, "near_duplicate": similar}


def count_real(spark: SparkSession, name: str, most: int) -> Figures:
    """How many texts of a real set each rule flags; `usable`: those that none flags."""
    found = judge(spark, list(read_real(name, most)))
    counts = Counter(reason for reasons in found.values() for reason in reasons)
    usable = sum(not reasons for reasons in found.values())
    return {"texts": len(found), "usable": usable} | {reason: counts[reason] for reason in REASONS}


def read_real(name: str, most: int) -> Iterator[dict[str, Any]]:
    """Texts of a set: where it names no authors, each is of its own; all are of one day, spread over it."""
    file, author = REAL[name]
    with gzip.open(DATA / file, "rt", encoding="utf-8", newline="") as opened:
        for number, row in zip(range(most), csv.DictReader(opened), strict=False):
            text = row["text"] or ""
            given = {"tweet_id": str(number), "author_key": row[author] if author else f"a{number}", "text": text}
            given |= {"lang": row.get("lang") or "en", "kind": "retweet" if text.startswith("RT @") else "tweet"}
            yield tweet_of(given | {"created_at": NOON - timedelta(seconds=number * 86_000 / most)})


if __name__ == "__main__":
    main()
