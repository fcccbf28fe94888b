"""The network of who reacts to whom: PageRank, audiences and communities, per brand, by plain iterations of Spark.

Links are rows [brand, source, target, weight]: source reacted to target so often. Rounds are checkpointed, so that
plans stay short.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from models.influence.conversations import QUOTE, REPLY, RETWEET

DAMPING = 0.85
TOLERANCE, MOST_ROUNDS = 1e-7, 100
STEPS = 4
"""PageRank ends when a round moved no brand's ranks by more than TOLERANCE in sum; it looks, and checkpoints, once in
STEPS rounds, because a job of Spark costs more than a small round."""
COMMUNITY_ROUNDS = 6
OWN_VOTE = 0.5
"""How much a node holds on to its own label, in links: two nodes would swap theirs for ever otherwise."""
NETWORK = ("pagerank", "audience_count", "audience_uniqueness", "community", "network_as_of")
_NODE = ["brand", "node"]


def measure_network(edges: DataFrame) -> DataFrame:
    """GOLD_CASCADE_EDGES rows -> NETWORK but for its time, per brand and author_key, of everybody in it."""
    reactions = build_links(edges, RETWEET, REPLY, QUOTE).localCheckpoint(eager=False)
    pages = rank_pages(build_links(edges, RETWEET).localCheckpoint(eager=False))
    return (
        find_communities(reactions)
        .join(pages, _NODE, how="left")
        .join(measure_audiences(reactions), _NODE, how="left")
        .withColumnRenamed("node", "author_key")
    )


def build_links(edges: DataFrame, *bases: str) -> DataFrame:
    """GOLD_CASCADE_EDGES rows -> links of the edges on these bases, without reactions to oneself."""
    pair = (F.col("author_key").alias("source"), F.col("parent_author_key").alias("target"))
    rows = edges.where(F.col("basis").isin(*bases)).select(F.explode("brands").alias("brand"), *pair)
    others = rows.where("source IS NOT NULL AND target IS NOT NULL AND source <> target")
    return others.groupBy("brand", "source", "target").agg(F.count("*").cast("double").alias("weight"))


def rank_pages(links: DataFrame, damping: float = DAMPING) -> DataFrame:
    """[brand, node, pagerank] of every node; the ranks of a brand sum to 1.

    Nodes without links out give their rank to all nodes alike (Page et al. 1999), as NetworkX does.
    """
    share = F.col("weight") / F.sum("weight").over(Window.partitionBy("brand", "source"))
    shares = links.select("brand", "source", "target", share.alias("share")).localCheckpoint(eager=False)
    size = F.count("*").over(Window.partitionBy("brand"))
    nodes = _nodes(links).withColumn("size", size.cast("double")).localCheckpoint(eager=False)
    ranks = nodes.withColumn("pagerank", 1.0 / F.col("size"))
    for _ in range(MOST_ROUNDS // STEPS):
        for _ in range(STEPS):
            ranks = _step(ranks, shares, damping)
        ranks = ranks.localCheckpoint(eager=False)
        moved = ranks.groupBy("brand").agg(F.sum("moved").alias("moved"))
        if moved.where(F.col("moved") > TOLERANCE).isEmpty():
            break
    return ranks.select(*_NODE, "pagerank")


def _step(ranks: DataFrame, shares: DataFrame, damping: float) -> DataFrame:
    """One round of PageRank, with how far it moved each node."""
    given = ranks.withColumnRenamed("node", "source").join(shares, ["brand", "source"], how="inner")
    received = given.groupBy("brand", F.col("target").alias("node")).agg(
        F.sum(F.col("pagerank") * F.col("share")).alias("received")
    )
    joined = ranks.join(received, _NODE, how="left").withColumn("received", F.coalesce("received", F.lit(0.0)))
    kept = 1.0 - F.sum("received").over(Window.partitionBy("brand"))
    new = (1.0 - damping + damping * kept) / F.col("size") + damping * F.col("received")
    return joined.select(*_NODE, "size", new.alias("pagerank"), F.abs(new - F.col("pagerank")).alias("moved"))


def find_communities(links: DataFrame) -> DataFrame:
    """[brand, node, community] by label propagation (Raghavan et al. 2007); c1 is the brand's largest community.

    All nodes vote at once; of equal votes the first label in the alphabet wins, so that a rerun finds the same.
    """
    back = links.select("brand", F.col("target").alias("source"), F.col("source").alias("target"), "weight")
    both = links.unionByName(back).localCheckpoint(eager=False)
    labels = _nodes(links).withColumn("label", F.col("node")).localCheckpoint(eager=False)
    for _ in range(COMMUNITY_ROUNDS):
        heard = both.join(labels.withColumnRenamed("node", "source"), ["brand", "source"], how="inner")
        votes = heard.select("brand", F.col("target").alias("node"), "label", "weight")
        own = labels.withColumn("weight", F.lit(OWN_VOTE))
        counted = votes.unionByName(own).groupBy(*_NODE, "label").agg(F.sum("weight").alias("weight"))
        chosen = counted.groupBy(*_NODE).agg(
            F.min_by("label", F.struct(-F.col("weight"), F.col("label"))).alias("label")
        )
        labels = chosen.localCheckpoint(eager=False)
    sizes = labels.groupBy("brand", "label").agg(F.count("*").alias("size"))
    place = F.row_number().over(Window.partitionBy("brand").orderBy(F.desc("size"), "label"))
    named = sizes.select("brand", "label", F.concat(F.lit("c"), place).alias("community"))
    return labels.join(named, ["brand", "label"], how="inner").select(*_NODE, "community")


def measure_audiences(links: DataFrame) -> DataFrame:
    """[brand, node, audience_count, audience_uniqueness] of everybody with an audience.

    Uniqueness: the mean over the audience of 1 / number of authors whom that person reacted to; 1 if they react to
    nobody else.
    """
    authors = F.count("*").over(Window.partitionBy("brand", "source"))
    pairs = links.select("brand", F.col("target").alias("node"), (1.0 / authors).alias("part"))
    exact = F.avg(F.col("part").cast("decimal(12,10)")).cast("double")
    return pairs.groupBy(*_NODE).agg(F.count("*").alias("audience_count"), exact.alias("audience_uniqueness"))


def _nodes(links: DataFrame) -> DataFrame:
    ends = links.select("brand", F.col("source").alias("node"))
    return ends.unionByName(links.select("brand", F.col("target").alias("node"))).distinct()
