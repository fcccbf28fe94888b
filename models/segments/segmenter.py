"""Segments of one brand's authors: one Spark ML pipeline from a row of GOLD_AUTHOR_PROFILES to `segment_id`.

Stages: recency, prepared features (models/segments/features.py), StandardScaler(withMean, withStd), K-Means with
the k of models/segments/choice.py, and the ids of models/segments/matching.py.
Limits, k and the report's points come from a sample of authors, scaler and segments from all authors.

The same profiles give the same segments: sample and layout follow a hash of author_key, fits are seeded, and the best
of STARTS fits is used.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.pool import ThreadPool

import numpy as np
from pyspark import inheritable_thread_target
from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.ml.feature import SQLTransformer, StandardScaler, StandardScalerModel, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.segments.choice import LARGEST_SHARE
from models.segments.criteria import Points
from models.segments.features import NAMES, PREPARED, RECENCY_SQL, fit_limits, preparation_sql

ROWS_PER_PARTITION = 50_000  # fewer would only cost time: each step of K-Means is a job of its own
STARTS, FITS_AT_A_TIME = 3, 2
DIGITS = 9  # for comparing and hashing figures: a sum over partitions may differ in its last bits


@dataclass(frozen=True)
class Centroid:
    """The mean of a segment's members by feature: in prepared units, and in deviations `z` from the brand's mean."""

    segment_id: str
    prepared: dict[str, float]
    z: dict[str, float]


@dataclass(frozen=True)
class Segmentation:
    """A fitted pipeline and its segments, ordered by id; `version` is a hash of everything fitted."""

    model: PipelineModel
    centroids: tuple[Centroid, ...]
    version: str


@dataclass(frozen=True)
class Prepared:
    """Fitted steps, all authors as `author_key, scaled`, and the scaled features of the sample [authors, features]."""

    stages: tuple[Transformer, ...]
    scaler: StandardScalerModel
    rows: DataFrame
    keys: tuple[str, ...]
    points: Points


@dataclass(frozen=True)
class Split:
    """A fitted clusterer, its own index of each segment -> authors, and the mean of their scaled features."""

    clusterer: KMeansModel
    sizes: dict[int, int]
    centres: dict[int, Points]

    def is_within(self, smallest: int) -> bool:
        """True where no segment has fewer authors than `smallest` or more than LARGEST_SHARE of them."""
        total = sum(self.sizes.values())
        return min(self.sizes.values()) >= smallest and max(self.sizes.values()) <= LARGEST_SHARE * total


def fit_preparation(profiles: DataFrame, sample_authors: int) -> Prepared:
    """Fit every stage before the segments; `rows` is persisted, and the caller has to unpersist it."""
    recent = SQLTransformer(statement=RECENCY_SQL)
    raw = _sampled(recent.transform(profiles), sample_authors).select(*[F.col(name).cast("double") for name in NAMES])
    filled = SQLTransformer(statement=preparation_sql(fit_limits(raw.toPandas())))
    assembler = VectorAssembler(inputCols=list(PREPARED), outputCol="features", handleInvalid="error")
    vectors = PipelineModel([recent, filled, assembler]).transform(profiles).select("author_key", "features")
    laid_out = _laid_out(vectors).persist()
    scaler = StandardScaler(inputCol="features", outputCol="scaled", withMean=True, withStd=True).fit(laid_out)
    rows = scaler.transform(laid_out).select("author_key", "scaled").persist()
    sample = _sampled(rows, sample_authors).select("author_key", vector_to_array(F.col("scaled")).alias("scaled"))
    drawn = sample.toPandas()
    laid_out.unpersist()
    points = np.array([list(row) for row in drawn["scaled"]], dtype=float)
    return Prepared((recent, filled, assembler, scaler), scaler, rows, tuple(drawn["author_key"]), points)


def fit_split(prepared: Prepared, k: int, seed: int) -> Split:
    """K-Means of all authors: of STARTS fits the one of the lowest cost."""
    fit = partial(_fit_once, prepared.rows, k)
    # A fit on few authors is dozens of small jobs in sequence: two fits at a time use the cores.
    with ThreadPool(FITS_AT_A_TIME) as pool:
        fits = pool.map(inheritable_thread_target(fit), range(seed, seed + STARTS))
    clusterer = min(fits, key=lambda pair: round(pair[1], DIGITS))[0]
    means = [F.round(F.avg(vector_to_array(F.col("scaled"))[number]), DIGITS) for number in range(len(NAMES))]
    found = clusterer.transform(prepared.rows).groupBy("prediction").agg(F.count("*"), F.array(*means)).collect()
    return Split(clusterer, {row[0]: row[1] for row in found}, {row[0]: np.array(row[2]) for row in found})


def count_together(prepared: Prepared, split: Split, members: DataFrame) -> dict[tuple[str, int], int]:
    """(old segment_id, index) -> authors; `members` are author_key and segment_id of the last fit."""
    found = split.clusterer.transform(prepared.rows).select("author_key", "prediction")
    counted = found.join(members.select("author_key", "segment_id"), "author_key", how="inner").groupBy(
        "segment_id", "prediction"
    )
    return {(row[0], row[1]): row[2] for row in counted.count().collect()}


def build_segmentation(prepared: Prepared, split: Split, ids: Mapping[int, str]) -> Segmentation:
    """The pipeline that gives every author the id of its segment."""
    model = PipelineModel([*prepared.stages, split.clusterer, _naming(ids)])
    return restore_segmentation(
        model, {ids[index]: _by_name(unscale(prepared.scaler, centre)) for index, centre in split.centres.items()}
    )


def restore_segmentation(model: PipelineModel, centroids: Mapping[str, Mapping[str, float]]) -> Segmentation:
    """A stored model with the stored centroids (segment_id -> feature -> prepared units)."""
    (scaler,) = (stage for stage in model.stages if isinstance(stage, StandardScalerModel))
    restored = [Centroid(each, dict(centre), standardise(scaler, centre)) for each, centre in sorted(centroids.items())]
    return Segmentation(model, tuple(restored), model_version(model))


def assign_segments(segmentation: Segmentation, profiles: DataFrame) -> DataFrame:
    """Add segment_id and distance_score (Euclidean to the segment's centroid, scaled features) to each profile."""
    centres = F.create_map(
        *[
            each
            for one in segmentation.centroids
            for each in (F.lit(one.segment_id), F.array(*[F.lit(float(one.z[name])) for name in NAMES]))
        ]
    )
    added = ("features", "scaled", "prediction", "recency_days", *PREPARED)
    return (
        segmentation.model.transform(profiles)
        .withColumn("distance_score", _distance(vector_to_array(F.col("scaled")), centres[F.col("segment_id")]))
        .drop(*added)
    )


def standardise(scaler: StandardScalerModel, prepared: Mapping[str, float]) -> dict[str, float]:
    """Prepared units -> standard deviations from the mean; 0 for a feature in which all authors are alike."""
    means, deviations = scaler.mean.toArray(), scaler.std.toArray()
    known = zip(NAMES, means, deviations, strict=True)
    return {name: (prepared.get(name, mean) - mean) / std if std else 0.0 for name, mean, std in known}


def unscale(scaler: StandardScalerModel, scaled: Points) -> Points:
    """Standard deviations from the mean -> prepared units; the last axis are the features."""
    back: Points = scaled * scaler.std.toArray() + scaler.mean.toArray()
    return back


def model_version(model: PipelineModel) -> str:
    """`segments-` and 12 hex digits of the SHA-256 of everything fitted: equal models have equal versions."""
    statements = [one.getStatement() for one in model.stages if isinstance(one, SQLTransformer)]
    numbers = [_numbers(one) for one in model.stages if isinstance(one, StandardScalerModel | KMeansModel)]
    content = json.dumps([statements, numbers])
    return f"segments-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _sampled(rows: DataFrame, authors: int) -> DataFrame:
    return rows.orderBy(F.xxhash64("author_key"), "author_key").limit(authors)


def _laid_out(rows: DataFrame) -> DataFrame:
    """The same rows in the same partitions and order on every run: sums, and the draws of k-means||, follow them."""
    partitions = max(1, math.ceil(rows.count() / ROWS_PER_PARTITION))
    return rows.repartition(partitions, "author_key").sortWithinPartitions("author_key")


def _fit_once(rows: DataFrame, k: int, seed: int) -> tuple[KMeansModel, float]:
    """A fit and its cost, which Spark only has right after it."""
    # The block solver of Spark 3.5 fails where k-means|| finds fewer than k distinct centres; the row solver does not.
    kmeans = KMeans(featuresCol="scaled", k=k, seed=seed, initMode="k-means||", solver="row").fit(rows)
    return kmeans, kmeans.summary.trainingCost


def _naming(ids: Mapping[int, str]) -> SQLTransformer:
    """The stage that turns the clusterer's own index into our id; an index without members has no id."""
    pairs = ", ".join(f"{index}, '{ids[index]}'" for index in sorted(ids))
    return SQLTransformer(statement=f"SELECT *, map({pairs})[prediction] AS segment_id FROM __THIS__")


def _numbers(stage: StandardScalerModel | KMeansModel) -> list[list[float]]:
    if isinstance(stage, StandardScalerModel):
        vectors = [stage.mean.toArray(), stage.std.toArray()]
    else:
        vectors = list(stage.clusterCenters())
    return [[round(float(value), DIGITS) for value in vector] for vector in vectors]


def _by_name(values: Iterable[float]) -> dict[str, float]:
    return {name: round(float(value), DIGITS) for name, value in zip(NAMES, values, strict=True)}


def _distance(point: Column, centre: Column) -> Column:
    squares = F.zip_with(point, centre, lambda one, other: (one - other) * (one - other))
    return F.sqrt(F.aggregate(squares, F.lit(0.0), lambda total, square: total + square))
