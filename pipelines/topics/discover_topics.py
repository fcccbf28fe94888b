"""silver.tweets, gold.tweet_flags -> gold.tweet_topics, gold.topics, gold.topic_events: what people talk about.

A fit (models/topics/fit.py) is made of a sample of at most `discover_topics.sample_texts` different texts of the last
`days`, in this process: factorising the association of a few hundred terms takes seconds and no cluster. Its topics
take the ids of those before. For `refit_days` after it, tweets are assigned to its topics by vocabulary, and terms that
emerge within `emerging_hours` make a topic of their own, without a refit. Each fit, and each such topic, is a version
of the registered model `topics-<brand>` in mlflow; names come from the terms, or from the brand's file.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from tqdm import tqdm

from conf.brand.files import read_brand
from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.settings import Settings
from conf.tables import TABLES
from models.segments.matching import Event, highest_number
from models.topics.assignment import assign_topics
from models.topics.cleaning import keep_topical
from models.topics.emerging import extend_model, find_emerging
from models.topics.figures import summarise_now
from models.topics.fit import Quality, Rules, fit_topics
from models.topics.model import TopicModel, align_fit
from models.topics.names import name_topics
from models.topics.tracking import find_model, track_fit
from models.topics.vocabulary import Text
from models.topics.words import brand_words, topic_words_column
from models.trends.brand_figures import with_mentioned_brand
from pipelines.sinks.lake import Merge, create_table, lock_tables, merge_changed_rows, merge_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.lake import read_table
from pipelines.sources.pipeline_state import SILVER, plan_weeks

logger = logging.getLogger("brandpulse.discover_topics")

HOP = "discover_topics"
FLAGS, MEMBERS, TOPICS, EVENTS = "gold.tweet_flags", "gold.tweet_topics", "gold.topics", "gold.topic_events"
WRITTEN = (MEMBERS, TOPICS, EVENTS)
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1
Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A brand's model, what became of its topics in this run, and the quality of the fit if there was one."""

    brand: str
    model: TopicModel
    events: list[Event]
    quality: Quality | None


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Find and assign the topics of every brand (`--brand`: of one); `--dry-run` fits, and writes nothing."""
    with lock_tables(settings, *WRITTEN):
        tweets = read_topical(spark, settings, options.brand)
        since = (options.as_of - timedelta(days=settings.discover_topics.days)).replace(tzinfo=None)
        recent = tweets.where((F.col("created_at") >= F.lit(since)) & (F.col("created_at") <= F.lit(options.as_of)))
        found = [_find(recent, brand, settings, options) for brand in _brands(recent, settings)]
        logger.info("%d topics of %d brands", sum(len(one.model.topic_ids) for one in found), len(found))
        if not options.dry_run:
            _assign(spark, settings, options, tweets, found)
            _describe(spark, settings, options, recent, found)


def read_topical(spark: SparkSession, settings: Settings, brand: str | None) -> DataFrame:
    """The tweets about brands that may have a topic: rows of silver.tweets with `brand`."""
    own = read_table(spark, settings, SILVER).where("created_at IS NOT NULL").transform(with_mentioned_brand)
    about = own.where("is_own").where((F.col("brand") != NO_BRAND) & _of(brand, "brand"))
    return keep_topical(about, read_table(spark, settings, FLAGS))


def _brands(recent: DataFrame, settings: Settings) -> list[str]:
    """The brands about which enough authors wrote."""
    counted = recent.groupBy("brand").agg(F.approx_count_distinct("author_key").alias("authors"))
    large = counted.where(F.col("authors") >= settings.discover_topics.min_authors).orderBy("brand")
    return [row["brand"] for row in large.collect()]


def _find(recent: DataFrame, brand: str, settings: Settings, options: Options) -> Found:
    """The brand's model: as it is, with emerging topics, or fitted anew."""
    asked, flagged = settings.discover_topics, read_table(recent.sparkSession, settings, FLAGS)
    repeats = flagged.select("brand", "tweet_id")  # one text that many repeat is no topic
    own = recent.where(F.col("brand") == brand).join(repeats, ["brand", "tweet_id"], how="left_anti")
    known = find_model(settings, brand)
    if known is None or options.full or _age(known, options.as_of) >= timedelta(days=asked.refit_days):
        return _fit(own, brand, known, settings, options)
    hours = options.as_of.replace(tzinfo=None) - timedelta(hours=asked.emerging_hours)
    texts = sample_texts(own.where(F.col("created_at") >= F.lit(hours)), brand, settings)
    emerging = find_emerging(texts, known, asked.min_authors) if texts else []
    if not emerging:
        return Found(brand, known, [], None)
    model = extend_model(known, emerging)
    new = [topic_id for topic_id in model.topic_ids if topic_id not in known.topic_ids]
    logger.info("%s: %d topics emerged: %s", brand, len(new), ", ".join(new))
    if not options.dry_run:
        track_fit(settings, brand, options.run_id, model, ())
    return Found(brand, model, [Event("emerged", one) for one in new], None)


def _fit(own: DataFrame, brand: str, known: TopicModel | None, settings: Settings, options: Options) -> Found:
    asked = settings.discover_topics
    texts = sample_texts(own, brand, settings)
    rules = Rules(range(asked.min_topics, asked.max_topics + 1, asked.step), asked.seed, asked.min_authors)
    with tqdm(desc=f"topics of {brand}", unit="k", disable=None) as bar:
        fit = fit_topics(texts, rules, bar.update, known.loadings if known else None)
    events = read_table(own.sparkSession, settings, EVENTS).where(F.col("brand") == brand)
    last = highest_number(row["topic_id"] for row in events.select("topic_id").distinct().collect())
    model, events_now = align_fit(fit, known, texts, options.as_of.isoformat(), last)
    shown = (len(model.topic_ids), len(texts), fit.chosen.c_v if fit.chosen else 0.0, model.version)
    logger.info("%s: %d topics of %d texts, c_v %.3f, %s", brand, *shown)
    if not options.dry_run:
        track_fit(settings, brand, options.run_id, model, fit.tried)
    return Found(brand, model, events_now, fit.chosen)


def sample_texts(tweets: DataFrame, brand: str, settings: Settings) -> list[Text]:
    """At most `sample_texts` texts, chosen by a hash of their ids, so that a fit can be repeated."""
    words = topic_words_column(F.col("text"), brand_words(brand, read_brand(brand)))
    rows = tweets.select(
        words.alias("words"), F.xxhash64("author_key").alias("author"), F.xxhash64("tweet_id").alias("at")
    )
    chosen = rows.where(F.size("words") > 0).orderBy("at").limit(settings.discover_topics.sample_texts)
    return [Text(row["words"], row["author"]) for row in chosen.collect()]


def _assign(
    spark: SparkSession, settings: Settings, options: Options, tweets: DataFrame, found: Sequence[Found]
) -> None:
    """Assign the tweets of the weeks that changed; of all, where a model did."""
    versions = ",".join(f"{one.brand}={one.model.version}" for one in found)
    plan = plan_weeks(
        spark, settings, options, HOP, settings.discover_topics.recent_days, f"{LOGIC_VERSION}:{versions}"
    )
    rows = spark.createDataFrame([], TABLES[MEMBERS].schema)
    changed = tweets.where(plan.holds("brand", "created_on"))
    for one in found:
        own = changed.where(F.col("brand") == one.brand)
        named = assign_topics(own, one.model, brand_words(one.brand, read_brand(one.brand)))
        rows = rows.unionByName(conform(named.withColumns(_stamps(options)), TABLES[MEMBERS].schema))
    create_table(spark, settings, MEMBERS)
    rows = rows.persist()
    merge_changed_rows(rows, settings, MEMBERS, STAMPS, drops=plan.holds("t.brand", "t.created_on"))
    rows.unpersist()
    for hop in plan.hops:
        write_pipeline_state(spark, settings, hop, plan.now)


def _describe(
    spark: SparkSession, settings: Settings, options: Options, recent: DataFrame, found: Sequence[Found]
) -> None:
    """Write the rows of gold.topics and gold.topic_events."""
    members = read_table(spark, settings, MEMBERS).select("brand", "tweet_id", "topic_id")
    tweets = recent.join(members, ["brand", "tweet_id"], how="left")
    figures = summarise_now(tweets, read_table(spark, settings, "gold.author_segments"))
    stored = read_table(spark, settings, TOPICS).select("brand", "topic_id", "born_at", "coherence").collect()
    events = read_table(spark, settings, EVENTS).select("brand", "topic_id", "as_of").collect()
    known = with_births((row.asDict() for row in stored), (row.asDict() for row in events))
    by_topic = {(row["brand"], row["topic_id"]): row.asDict(recursive=True) for row in figures.collect()}
    topics = [row for one in found for row in _topic_rows(one, by_topic, known, options.as_of)]
    for name, rows in ((TOPICS, topics), (EVENTS, [row for one in found for row in _event_rows(one)])):
        create_table(spark, settings, name)
        names = TABLES[name].schema.names
        stamped = [row | {"run_id": options.run_id, "as_of": options.as_of} for row in rows]
        frame = spark.createDataFrame([tuple(row.get(each) for each in names) for row in stamped], TABLES[name].schema)
        if name == EVENTS:
            merge_rows(frame, settings, name, Merge())
        else:
            merge_changed_rows(frame, settings, name, STAMPS, drops=_of(options.brand, "t.brand"))


def with_births(stored: Iterable[Row], events: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """{(brand, topic_id): its row}, with `born_at` of its first event.

    A topic of too few authors has no row: one that comes back is as old as it was, and no news.
    """
    known = {(row["brand"], row["topic_id"]): row for row in stored}
    for event in events:
        key = (event["brand"], event["topic_id"])
        before = known.get(key, {})
        known[key] = before | {"born_at": min(before.get("born_at") or event["as_of"], event["as_of"])}
    return known


def _topic_rows(
    one: Found, figures: dict[tuple[str, str], Row], known: dict[tuple[str, str], Row], as_of: datetime
) -> list[Row]:
    """A row per topic with figures; the others have too few authors now."""
    names = name_topics(one.model.terms, read_brand(one.brand).topics)
    coherence = round(one.quality.c_v, 3) if one.quality else None
    rows = []
    for topic_id in one.model.topic_ids:
        key = (one.brand, topic_id)
        before = known.get(key, {})
        made = {"name": names[topic_id], "terms": one.model.terms[topic_id], "model_version": one.model.version}
        times = {"born_at": before.get("born_at") or as_of, "fitted_at": datetime.fromisoformat(one.model.fitted_at)}
        quality = {"coherence": coherence if one.quality else before.get("coherence")}
        rows += [figures[key] | made | times | quality] if key in figures else []
    return rows


def _event_rows(one: Found) -> list[Row]:
    return [
        {
            "brand": one.brand,
            "topic_id": each.segment_id,
            "event": each.event,
            "other_ids": list(each.others),
            "tweet_overlap": each.overlap and round(each.overlap, 2),
            "term_distance": each.distance and round(each.distance, 2),
            "model_version": one.model.version,
        }
        for each in one.events
    ]


def _age(model: TopicModel, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(model.fitted_at)


def _stamps(options: Options) -> dict[str, Column]:
    return {"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")}


def _of(brand: str | None, column: str) -> Column:
    return F.lit(True) if brand is None else F.col(column) == brand
