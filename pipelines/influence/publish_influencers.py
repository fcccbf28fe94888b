"""gold.influencers, gold.cascades, restricted.author_identities -> MongoDB `influencers`, `cascades`.

An influencer is named only here, and only where the ranking has them and their handle is known: nobody else's handle
leaves the restricted table. Of each brand the MOST_INFLUENCERS first are published, with their neighbours among them,
and the MOST_CASCADES conversations with the most reactions, with at most MOST_NODES participants each. Who takes part
in a conversation is an influencer_id or nobody: the names are looked up when a page is read, so that an erased account
is not named again.

A document's `_id` is the brand and its place. influencer_id and cascade_id are HMACs under the secrets of the author
keys: nobody can compute them from a profile's author key or a tweet's id.
"""

import logging

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.influence import ranged
from conf.settings import Settings
from models.influence.author_factors import KEY
from models.influence.conversations import QUOTE, REPLY, RETWEET
from models.influence.networks import build_links
from models.privacy.pseudonyms import build_key_frame, with_keys
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table, table_version

logger = logging.getLogger("brandpulse.publish_influencers")

NAMES = ("influencers", "cascades")
INDEXES = {"influencers": ([("brand", 1), ("influencer_id", 1)],), "cascades": ([("brand", 1), ("cascade_id", 1)],)}
MOST_INFLUENCERS, MOST_CASCADES, MOST_NODES, MOST_POSTS, MOST_NEIGHBOURS = 200, 100, 300, 10, 20
DIGITS = 20
"""Hexadecimal digits of an id: 80 bits."""
FIGURES = (
    *("followers_count", "post_count", "retweet_count", "like_count", "engagement_count", "mixed_depth"),
    *("observed_depth", "estimated_depth", "downstream_credit", "engagement_per_follower", "h_index", "region"),
    *("top_topic", "topics", "pagerank", "audience_uniqueness", "audience_count", "community", "network_as_of"),
    *("score", "rank", "rank_low", "rank_high", "model_version"),
)
OF_CASCADES = (
    *("kind", "category", "started_at", "retweet_count", "timed_retweet_count", "reply_count", "quote_count", "size"),
    *("coverage", "observed_depth", "mixed_depth", "mixed_breadth", "mixed_virality", "half_seconds"),
    *("first_hour_share", *ranged("mean_depth", "max_depth", "breadth", "virality"), "suppressed_because"),
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Publish both of all brands: a snapshot is always complete."""
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    influencers = select_influencers(
        read_table(spark, settings, "gold.influencers"),
        read_table(spark, settings, "restricted.author_identities"),
        keys,
    ).localCheckpoint(eager=False)
    edges = read_table(spark, settings, "gold.cascade_edges")
    documents = {
        "influencers": with_neighbours(influencers, build_links(edges, RETWEET, REPLY, QUOTE)),
        "cascades": build_conversations(read_table(spark, settings, "gold.cascades"), edges, influencers, keys),
    }
    for name, rows in documents.items():
        if options.dry_run:
            logger.info("dry run: %d documents would be published as %s", rows.count(), name)
            continue
        about = {"as_of": options.as_of, "table_version": table_version(spark, settings, f"gold.{name}")}
        publish_snapshot(rows, settings, name, options.run_id, INDEXES[name], about)


def select_influencers(ranked: DataFrame, identities: DataFrame, keys: DataFrame) -> DataFrame:
    """The influencers who may be named, with `handle`, `influencer_id` and their best tweets."""
    known = identities.select("author_key", "handle")
    named = ranked.where(F.col("rank") <= MOST_INFLUENCERS).join(known, "author_key", how="inner")
    plain = F.concat_ws(":", F.lit("influencer"), "brand", "author_key")
    keyed = with_keys(named.withColumn("plain", plain), keys, {"influencer_id": "plain"})
    return keyed.select(
        *KEY,
        F.substring("influencer_id", 1, DIGITS).alias("influencer_id"),
        "handle",
        *FIGURES,
        F.transform(F.slice("posts", 1, MOST_POSTS), _post).alias("posts"),
    ).withColumn("_id", document_id("rank"))


def with_neighbours(influencers: DataFrame, links: DataFrame) -> DataFrame:
    """Add `neighbours`: influencers with whom they exchange reactions or share an audience, the closest first."""
    known = influencers.select("brand", "author_key", "influencer_id", "audience_count")
    target = known.toDF("brand", "target", "target_id", "target_count")
    heard = links.join(F.broadcast(target), ["brand", "target"], how="inner").localCheckpoint(eager=False)
    source = known.toDF("brand", "source", "source_id", "source_count")
    direct = heard.join(F.broadcast(source), ["brand", "source"], how="inner")
    ends = (("source_id", "target_id"), ("target_id", "source_id"))
    parts = [
        direct.select(
            "brand", F.col(one).alias("influencer_id"), F.col(other).alias("other_id"), "weight", _zero("shared")
        )
        for one, other in ends
    ]
    mine = heard.select("brand", "source", F.col("target_id").alias("influencer_id"))
    theirs = heard.select("brand", "source", F.col("target_id").alias("other_id"))
    both = mine.join(theirs, ["brand", "source"], how="inner").where("influencer_id <> other_id")
    shared = both.groupBy("brand", "influencer_id", "other_id").agg(F.count("*").cast("double").alias("shared"))
    parts.append(shared.select("brand", "influencer_id", "other_id", _zero("weight"), "shared"))
    pairs = parts[0].unionByName(parts[1]).unionByName(parts[2]).groupBy("brand", "influencer_id", "other_id")
    sums = pairs.agg(F.sum("weight").cast("long").alias("weight"), F.sum("shared").cast("long").alias("shared_count"))
    order = F.struct((-F.col("weight")).alias("a"), (-F.col("shared_count")).alias("b"), F.col("other_id").alias("c"))
    entry = F.struct(order.alias("order"), F.col("other_id").alias("influencer_id"), "weight", "shared_count")
    listed = sums.groupBy("brand", "influencer_id").agg(F.sort_array(F.collect_list(entry)).alias("neighbours"))
    few = F.transform(F.slice("neighbours", 1, MOST_NEIGHBOURS), lambda each: each.dropFields("order"))
    return influencers.join(listed.withColumn("neighbours", few), ["brand", "influencer_id"], how="left")


def build_conversations(cascades: DataFrame, edges: DataFrame, influencers: DataFrame, keys: DataFrame) -> DataFrame:
    """The largest conversations of each brand, with their trees.

    A node has the number of its parent among `nodes`, 0 for the conversation's first tweet; of a retweet in an
    estimated tree that is the most probable parent. `tweet_id` is there only where an influencer wrote the first tweet.
    """
    largest = _largest(cascades.where("tweet_id = root_id"))
    known = influencers.select(*KEY, "influencer_id")
    named = largest.join(known, [*KEY], how="left").withColumn(
        "plain", F.concat_ws(":", F.lit("cascade"), *KEY, "root_id")
    )
    keyed = with_keys(named, keys, {"cascade_id": "plain"}).localCheckpoint(eager=False)
    roots = keyed.select("brand", "root_id")
    own = edges.join(F.broadcast(roots), "root_id", how="inner")
    nodes = (
        own.join(known, [*KEY], how="left")
        .groupBy("brand", "root_id")
        .agg(F.slice(F.sort_array(F.collect_list(_node())), 1, MOST_NODES).alias("found"))
    )
    return keyed.join(nodes, ["brand", "root_id"], how="inner").select(
        *("brand", "author_key", "influencer_id"),
        F.substring("cascade_id", 1, DIGITS).alias("cascade_id"),
        document_id("place").alias("_id"),
        F.when(F.col("influencer_id").isNotNull(), F.col("root_id")).alias("tweet_id"),
        *OF_CASCADES,
        _numbered().alias("nodes"),
    )


def _post(each: Column) -> Column:
    """Times inside a list are milliseconds since 1970: the store's sink knows those of columns alone."""
    return each.withField("created_ms", F.unix_millis(each["created_at"])).dropFields("created_at")


def document_id(place: str) -> Column:
    """The brand and the place in its order, so that documents are read in that order."""
    return F.concat_ws(":", "brand", F.lpad(F.col(place).cast("string"), 6, "0"))


def _largest(cascades: DataFrame) -> DataFrame:
    place = F.row_number().over(Window.partitionBy("brand").orderBy(F.desc("size"), "tweet_id"))
    return cascades.withColumn("place", place).where(F.col("place") <= MOST_CASCADES)


def _node() -> Column:
    magnitude = F.when(F.col("followers_count") >= 1, F.floor(F.log10("followers_count"))).cast("int")
    return F.struct(
        F.unix_millis("created_at").alias("created_ms"),
        "tweet_id",
        F.coalesce("likely_parent_id", "parent_id").alias("parent_id"),
        "basis",
        F.col("likely_parent_id").isNotNull().alias("is_estimated"),
        F.round("parent_probability", 2).alias("probability"),
        *[F.round(name, 2).alias(name) for name in ranged("depth")],
        magnitude.alias("followers_magnitude"),
        "influencer_id",
    )


def _numbered() -> Column:
    """`found` with the number of each node's parent; an SQL expression, since F.array_position takes no column."""
    shown = (
        *("basis", "is_estimated", "probability", *ranged("depth"), "followers_magnitude", "influencer_id"),
        "created_ms",
    )
    parent = "cast(array_position(transform(found, one -> one.tweet_id), each.parent_id) AS int)"
    fields = ", ".join(f"'{name}', each.{name}" for name in shown)
    return F.expr(f"transform(found, each -> named_struct('parent', {parent}, {fields}))")


def _zero(name: str) -> Column:
    return F.lit(0.0).alias(name)
