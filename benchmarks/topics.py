"""Topics of two public sets, ten each, five seeds: c_v, NPMI, diversity, stability and unclassified share.

    python -m benchmarks.topics [--seeds 5] [--topics 10] [--without-lda]

What ships (NMF of the terms' association) beside NMF of the tweets and the seed project's method, MLlib's LDA, on the
same texts and terms: copies and retweets of a text count once.
"""

import argparse
import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags

from benchmarks.harness import DATA, save
from models.annotation.text.normaliser import mask_text
from models.topics.coherence import c_v, count_occurrences, diversity, mean_npmi, stability
from models.topics.factors import TOP_TERMS, UNCLASSIFIED_BELOW, associate_terms, fit_factors
from models.topics.fit import measure, top_terms
from models.topics.vocabulary import Text, Vocabulary, build_vocabulary, count_terms
from models.topics.words import terms_of, topic_words

MIN_AUTHORS = 12
"""Small sets of few authors: in production a term needs 100."""
SETS = {
    "banks": ("banks/kenya_bank_tweets.csv.gz", None),
    "airline": ("airline/airline_train.csv.gz", "name"),
}
NAMES = {
    "banks": "kcb equity coop operative cooperative bank ncba absa stanchart stanbic national standard chartered kenya "
    "kenyan",
    "airline": "united southwest southwestair jetblue virgin america american airway usairway delta airline air",
}
Topics = list[list[str]]
Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--without-lda", action="store_true")
    given = parser.parse_args()
    found = {}
    for name in SETS:
        found[name] = compare(name, given.topics, range(given.seeds), not given.without_lda)
        print(name, found[name]["texts"], "texts,", found[name]["terms"], "terms")
        for method, figures in found[name]["methods"].items():
            print(f"  {method:22}", ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))
        print("  topics:", found[name]["example"])
    save("topics", found | {"topics": given.topics, "seeds": given.seeds})


def read_texts(name: str) -> list[Text]:
    """The distinct texts of a set with three words or more."""
    file, author = SETS[name]
    skipped = frozenset(NAMES[name].split())
    seen: set[str] = set()
    found = []
    for number, row in enumerate(_rows(file)):
        masked = mask_text(row["text"]).removeprefix("RT @user:").strip()
        words = topic_words(masked, skipped)
        key = " ".join(words)[:60]
        if len(words) >= 2 and key not in seen:
            seen.add(key)
            found.append(Text(words, row[author] if author else number))
    return found


def _rows(file: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / file, "rt", encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)


def compare(name: str, topics: int, seeds: Sequence[int], with_lda: bool) -> Figures:
    texts = read_texts(name)
    vocabulary = build_vocabulary(texts, MIN_AUTHORS)
    terms = [terms_of(text.words, vocabulary.pattern) for text in texts]
    found = count_terms(terms, {term: place for place, term in enumerate(vocabulary.terms)})
    scores = associate_terms(found)
    ours = [fit_factors(scores, vocabulary.tweet_counts, topics, seed) for seed in seeds]
    qualities = [measure(fit, terms, found, vocabulary) for fit in ours]
    runs = [top_terms(fit, vocabulary) for fit in ours]
    best = max(range(len(seeds)), key=lambda place: qualities[place].c_v)
    methods = {"shipped (best seed)": _plain(qualities[best])}
    methods["shipped (mean)"] = {
        key: float(np.mean([_plain(one)[key] for one in qualities])) for key in _plain(qualities[0])
    } | {"stability": stability(runs)}
    methods["NMF of tweets"] = nmf_of_tweets(found, terms, vocabulary, topics)
    if with_lda:
        methods["LDA (MLlib)"] = lda(found, terms, vocabulary, topics)
    return {
        "texts": len(texts),
        "terms": len(vocabulary.terms),
        "methods": methods,
        "example": [", ".join(topic[:4]) for topic in runs[best]],
    }


def _plain(quality: Any) -> dict[str, float]:
    return {key: float(value) for key, value in asdict(quality).items() if key not in ("topics", "error")}


def figures_of(topics: Topics, terms: Sequence[Sequence[str]], unclassified: float) -> dict[str, float]:
    counted = count_occurrences(terms, {term for topic in topics for term in topic})
    return {
        "c_v": float(np.mean(c_v(topics, counted))),
        "npmi": float(np.mean(mean_npmi(topics, counted))),
        "diversity": diversity(topics),
        "unclassified": unclassified,
    }


def strongest(rows: Any, vocabulary: Vocabulary) -> Topics:
    return [[vocabulary.terms[place] for place in np.argsort(-np.asarray(row))[:TOP_TERMS]] for row in rows]


def nmf_of_tweets(
    found: csr_matrix, terms: Sequence[Sequence[str]], vocabulary: Vocabulary, topics: int
) -> dict[str, float]:
    """Plain NMF of the TF-IDF rows; a tweet is unclassified when its largest share of the row is below 0.4."""
    from sklearn.decomposition import NMF

    weighted = found.multiply(np.asarray(vocabulary.rarity)).tocsr()
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    rows = diags(1 / np.where(lengths > 0, lengths, 1)) @ weighted
    model = NMF(topics, init="nndsvda", random_state=0, max_iter=200, tol=1e-3)
    mixture = model.fit_transform(rows)
    largest = mixture.max(axis=1) / np.maximum(mixture.sum(axis=1), 1e-12)
    return figures_of(strongest(model.components_, vocabulary), terms, float((largest < UNCLASSIFIED_BELOW).mean()))


def lda(found: csr_matrix, terms: Sequence[Sequence[str]], vocabulary: Vocabulary, topics: int) -> dict[str, float]:
    """MLlib's online LDA, as in the seed project."""
    from pyspark.ml.clustering import LDA
    from pyspark.ml.functions import vector_to_array
    from pyspark.ml.linalg import Vectors
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    rows = [
        (Vectors.sparse(found.shape[1], found[row].indices.tolist(), found[row].data.tolist()),)
        for row in range(found.shape[0])
    ]
    frame = spark.createDataFrame(rows, ["features"]).repartition(2).cache()
    model = LDA(k=topics, maxIter=50, seed=0, optimizer="online", subsamplingRate=0.2).fit(frame)
    mixture = vector_to_array(F.col("topicDistribution"))
    share = model.transform(frame).select(F.avg((F.array_max(mixture) < UNCLASSIFIED_BELOW).cast("int"))).first()
    assert share is not None
    matrix = np.asarray(model.topicsMatrix().toArray()).T
    return figures_of(strongest(matrix, vocabulary), terms, float(share[0]))


if __name__ == "__main__":
    main()
