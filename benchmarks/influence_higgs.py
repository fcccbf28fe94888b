"""563,069 real activities ranked: time and memory, agreement with NetworkX, and what the first days predict.

    python -m benchmarks.influence_higgs [--days 4]

The activities are those of ../shared/data/cascades/higgs-activity_time.txt.gz (1 to 7 July 2012, without tweets,
texts or followers). PageRank, audiences and communities are those of production. The h-index counts retweeters in the
place of tweets: the largest h such that h people retweeted the author h times or more. The back-test ranks the authors
of the first days by retweets, h-index and PageRank, and measures on the retweets of the days after, over the authors
who were retweeted in the first days.
"""

import argparse
import gzip
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import psutil
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import DATA, save
from conf.command_line import set_up_logging
from conf.session import build_session
from conf.settings import load_settings
from models.influence import backtest
from models.influence.networks import find_communities, measure_audiences, rank_pages

FILE = Path("cascades/higgs-activity_time.txt.gz")
BASES = {"RT": "retweet", "MT": "mention", "RE": "reply"}
DAY = 86_400
SUBGRAPH = 20_000
"""Links that are compared with NetworkX."""
POLL_SECONDS = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=4, help="first days, which predict the rest (default: 4)")
    flags = parser.parse_args()
    set_up_logging()
    activities = read_activities()
    settings = load_settings(overrides={"spark": {"shuffle_partitions": 2}})
    spark = build_session(settings, "influence_higgs")
    with peak_memory() as peak:
        started = time.monotonic()
        ranked = rank(spark, activities)
        seconds = time.monotonic() - started
    figures: dict[str, Any] = {
        "activities": len(activities),
        "authors": ranked,
        "seconds": seconds,
        "peak_megabytes": peak[0],
        "pagerank_difference": compare_with_networkx(spark, activities),
        "days": flags.days,
    } | predict(spark, activities, flags.days)
    save("influence_higgs", figures)
    print(figures)
    spark.stop()
    return 0


def read_activities() -> pd.DataFrame:
    """source, target, seconds, basis; all of them, also those on oneself."""
    with gzip.open(DATA / FILE, "rt") as lines:
        rows = pd.read_csv(lines, sep=" ", names=["source", "target", "seconds", "basis"], dtype={0: str, 1: str})
    return rows.replace({"basis": BASES})


def links_of(spark: SparkSession, activities: pd.DataFrame) -> DataFrame:
    """Links of one brand, without reactions to oneself."""
    others = activities[activities["source"] != activities["target"]]
    counted = others.groupby(["source", "target"]).size().reset_index(name="weight")
    rows = spark.createDataFrame(counted.astype({"weight": float}))
    return rows.select(F.lit("higgs").alias("brand"), "source", "target", "weight").localCheckpoint()


def rank(spark: SparkSession, activities: pd.DataFrame) -> int:
    """PageRank of the retweets, communities and audiences of all activities; the number of authors."""
    pages = rank_pages(links_of(spark, activities[activities["basis"] == "retweet"]))
    everything = links_of(spark, activities)
    joined = find_communities(everything).join(pages, ["brand", "node"], how="left")
    ranked = joined.join(measure_audiences(everything), ["brand", "node"], how="left")
    return ranked.orderBy(F.desc("pagerank")).localCheckpoint().count()


def compare_with_networkx(spark: SparkSession, activities: pd.DataFrame) -> float:
    """The largest difference of a PageRank on the first retweets."""
    part = activities[activities["basis"] == "retweet"].head(SUBGRAPH)
    links = links_of(spark, part)
    found = {row["node"]: row["pagerank"] for row in rank_pages(links).collect()}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_weighted_edges_from((row["source"], row["target"], row["weight"]) for row in links.collect())
    known = nx.pagerank(graph, tol=1e-12, max_iter=1000)
    return max(abs(found[node] - value) for node, value in known.items())


def predict(spark: SparkSession, activities: pd.DataFrame, days: int) -> dict[str, Any]:
    """Measures of each ranking of the first days on the retweets of the days after."""
    retweets = activities[(activities["basis"] == "retweet") & (activities["source"] != activities["target"])]
    split = int(activities["seconds"].min()) + days * DAY
    before, after = retweets[retweets["seconds"] < split], retweets[retweets["seconds"] >= split]
    pairs = before.groupby(["target", "source"]).size()
    counts = {"retweets": before.groupby("target").size(), "h_index": pairs.groupby("target").apply(h_index)}
    scores = pd.DataFrame(counts)
    pages = {row["node"]: row["pagerank"] for row in rank_pages(links_of(spark, before)).collect()}
    scores["pagerank"] = [pages[node] for node in scores.index]
    counted = after.groupby("target").size().reindex(scores.index).fillna(0)
    later = np.asarray(counted, dtype=np.float64)
    rankings = {name: scores[name].to_numpy(float) for name in scores}
    gains = backtest.compare(rankings["pagerank"], {"retweets": rankings["retweets"]}, later, draws=300)["retweets"]
    return {
        "predicted_authors": len(scores),
        "measures": {name: backtest.measure(each, later) for name, each in rankings.items()},
        "intervals": {name: backtest.intervals(each, later, draws=300) for name, each in rankings.items()},
        "pagerank_over_retweets": {each.measure: [each.difference, each.low, each.high] for each in gains},
    }


def h_index(counts: "pd.Series[int]") -> int:
    ordered = np.sort(counts.to_numpy())[::-1]
    return int((ordered >= np.arange(1, len(ordered) + 1)).sum())


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """The largest resident memory of this process and its children in the block, in MB."""
    own, peak, stop = psutil.Process(), [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            with suppress(psutil.NoSuchProcess):
                grown = [own, *own.children(recursive=True)]
                peak[0] = max(peak[0], sum(each.memory_info().rss for each in grown) / 1e6)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
