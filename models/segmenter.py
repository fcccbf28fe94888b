"""K-Means segments of one brand's author profiles: prepared features, k by silhouette, stable segment ids.

Input: rows of GOLD_AUTHOR_PROFILES of one brand, one row an author. Every feature goes through the same three steps:
null -> the median of the brand's known values (0 where nobody's is known); `log1p` for counts, whose few giants would
otherwise be a segment each; StandardScaler(withMean, withStd), so that each weighs the same. The result is one Spark ML
pipeline from profile row to `segment_id`.

The same profiles give the same segments: rows are laid out by a hash of author_key and sorted, K-Means is seeded, and
segments are numbered s01, s02, ... by size, then by centroid, instead of by K-Means's own arbitrary order.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool

from pyspark import inheritable_thread_target
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.ml.feature import SQLTransformer, StandardScaler, StandardScalerModel, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

COUNTS = (
    "tweet_count",
    "active_days_count",
    "active_hours_count",
    "followers_count",
    "following_count",
    "account_tweet_count",
    "account_age_days",
    "engagement_per_tweet",
)
RATES = (
    "sentiment_mean",
    "positive_share",
    "negative_share",
    "subjectivity_mean",
    "is_verified",
    "reply_share",
    "quote_share",
    "retweet_share",
    "night_share",
)
FEATURES = COUNTS + RATES

ROWS_PER_PARTITION = 50_000  # fewer would only cost time: each step of K-Means is a job of its own
FITS_AT_A_TIME = 2
DIGITS = 9  # figures are compared and hashed to here: a sum over partitions may differ in its last bits


@dataclass(frozen=True)
class Candidate:
    """One k that was tried. silhouette -1..1 (squared Euclidean, scaled features); cost: sum of squared distances.

    `smallest` is the number of authors of its smallest segment.
    """

    k: int
    silhouette: float
    cost: float
    smallest: int


@dataclass(frozen=True)
class Centroid:
    """The centre of a segment: for each feature, how many standard deviations it lies from the brand's mean."""

    segment_id: str
    author_count: int
    z: dict[str, float]


@dataclass(frozen=True)
class Segmentation:
    """What a fit gives; `chosen_k` and `silhouette` are None where everyone is one segment, for want of differences.

    `version` is a hash of the whole model.
    """

    model: PipelineModel
    candidates: tuple[Candidate, ...]
    centroids: tuple[Centroid, ...]
    chosen_k: int | None
    silhouette: float | None
    version: str


def fit_segments(
    profiles: DataFrame, ks: Iterable[int], seed: int, smallest: int = 1, report: Callable[[], object] = lambda: None
) -> Segmentation | None:
    """Fit every k of `ks`, keep the one of the highest silhouette (of equals the smallest k).

    A k that leaves a segment of fewer than `smallest` authors is not chosen; None where every k does. `report` is
    called after each k. A k above the number of distinct authors' features is left out; where fewer than two are
    distinct, everyone is one segment.
    """
    preparation = _fit_preparation(profiles)
    scaled = _laid_out(PipelineModel([*preparation]).transform(profiles)).persist()
    try:
        fitted = _fit_each(scaled, ks, seed, report)
        allowed = [one for one, _ in fitted if one.smallest >= smallest]
        if fitted and not allowed:
            return None
        best = max(allowed, key=lambda one: (round(one.silhouette, DIGITS), -one.k), default=None)
        # With one distinct author there is nothing to choose: K-Means wants k > 1, and finds the one centre.
        kmeans = dict(fitted)[best] if best else _kmeans(2, seed).fit(scaled)
        centroids = _centroids(kmeans, scaled)
    finally:
        scaled.unpersist()
    return Segmentation(
        model=PipelineModel([*preparation, kmeans, _naming(centroids)]),
        candidates=tuple(candidate for candidate, _ in fitted),
        centroids=tuple(centroid for _, centroid in centroids),
        chosen_k=best.k if best else None,
        silhouette=best.silhouette if best else None,
        version=_version(preparation[0], preparation[2], kmeans),
    )


def assign_segments(segmentation: Segmentation, profiles: DataFrame) -> DataFrame:
    """Add segment_id and distance_score (Euclidean to the segment's centre, scaled features) to each profile."""
    (kmeans,) = (stage for stage in segmentation.model.stages if isinstance(stage, KMeansModel))
    centres = F.array(*[F.array(*[F.lit(float(value)) for value in centre]) for centre in kmeans.clusterCenters()])
    return (
        segmentation.model.transform(profiles)
        .withColumn("distance_score", _distance(vector_to_array(F.col("scaled")), centres[F.col("prediction")]))
        .drop("features", "scaled", "prediction", *_prepared())
    )


def _fit_preparation(profiles: DataFrame) -> tuple[SQLTransformer, VectorAssembler, StandardScalerModel]:
    """Null -> median, log1p for counts, one vector, standard deviations: as stages, so that a model carries them."""
    medians = profiles.agg(*[F.median(F.col(name).cast("double")).alias(name) for name in FEATURES]).first()
    known = medians.asDict() if medians else {}
    columns = [_sql(name, known.get(name) or 0.0) for name in FEATURES]
    filled = SQLTransformer(statement=f"SELECT *, {', '.join(columns)} FROM __THIS__")
    assembler = VectorAssembler(inputCols=_prepared(), outputCol="features", handleInvalid="error")
    scaler = StandardScaler(inputCol="features", outputCol="scaled", withMean=True, withStd=True)
    vectors = _laid_out(assembler.transform(filled.transform(profiles)))
    return filled, assembler, scaler.fit(vectors)


def _sql(name: str, median: float) -> str:
    value = f"coalesce(CAST({name} AS double), CAST('{median!r}' AS double))"
    prepared = f"log1p(greatest({value}, 0.0D))" if name in COUNTS else value
    return f"{prepared} AS feature_{name}"


def _prepared() -> list[str]:
    return [f"feature_{name}" for name in FEATURES]


def _laid_out(rows: DataFrame) -> DataFrame:
    """The same rows in the same partitions and order on every run: sums, and the draws of k-means||, follow them."""
    partitions = max(1, math.ceil(rows.count() / ROWS_PER_PARTITION))
    return rows.repartition(partitions, "author_key").sortWithinPartitions("author_key")


def _kmeans(k: int, seed: int) -> KMeans:
    # The block solver of Spark 3.5 fails where k-means|| finds fewer than k distinct centres; the row solver does not.
    return KMeans(featuresCol="scaled", k=k, seed=seed, initMode="k-means||", solver="row")


def _fit_each(
    scaled: DataFrame, ks: Iterable[int], seed: int, report: Callable[[], object]
) -> list[tuple[Candidate, KMeansModel]]:
    tried = sorted(ks)
    distinct = scaled.select(vector_to_array(F.col("scaled"))).distinct().limit(max(tried) + 1).count()
    possible = [k for k in tried if k <= distinct and distinct > 1]
    fitted = []
    # A fit on few authors is dozens of tiny jobs one after the other: two fits side by side fill the cores.
    with ThreadPool(FITS_AT_A_TIME) as pool:
        for candidate in pool.imap(inheritable_thread_target(lambda k: _fit_one(scaled, k, seed)), possible):
            fitted += [candidate] if candidate else []
            report()
    for _ in range(len(tried) - len(possible)):
        report()
    return fitted


def _fit_one(scaled: DataFrame, k: int, seed: int) -> tuple[Candidate, KMeansModel] | None:
    """None where K-Means finds a single centre."""
    model = _kmeans(k, seed).fit(scaled)
    cost = model.summary.trainingCost  # Spark keeps it only right after the fit
    if len(model.clusterCenters()) < 2:
        return None
    smallest = min(size for size in model.summary.clusterSizes if size)
    evaluator = ClusteringEvaluator(featuresCol="scaled", metricName="silhouette", distanceMeasure="squaredEuclidean")
    return Candidate(k, evaluator.evaluate(model.transform(scaled)), cost, smallest), model


def _centroids(kmeans: KMeansModel, scaled: DataFrame) -> list[tuple[int, Centroid]]:
    """K-Means's own index and the centroid of each segment, the largest first; an empty one is left out."""
    sizes = {
        row["prediction"]: row["count"] for row in kmeans.transform(scaled).groupBy("prediction").count().collect()
    }
    centres = [[round(float(value), DIGITS) for value in centre] for centre in kmeans.clusterCenters()]
    order = sorted(sizes, key=lambda index: (-sizes[index], centres[index]))
    return [
        (index, Centroid(f"s{number:02d}", sizes[index], dict(zip(FEATURES, centres[index], strict=True))))
        for number, index in enumerate(order, start=1)
    ]


def _naming(centroids: list[tuple[int, Centroid]]) -> SQLTransformer:
    """The stage that turns K-Means's own index into our id; an index that held nobody stays without one."""
    pairs = ", ".join(f"{index}, '{centroid.segment_id}'" for index, centroid in centroids)
    return SQLTransformer(statement=f"SELECT *, map({pairs})[prediction] AS segment_id FROM __THIS__")


def _distance(point: Column, centre: Column) -> Column:
    squares = F.zip_with(point, centre, lambda one, other: (one - other) * (one - other))
    return F.sqrt(F.aggregate(squares, F.lit(0.0), lambda total, square: total + square))


def _version(filled: SQLTransformer, scaler: StandardScalerModel, kmeans: KMeansModel) -> str:
    """`segments-` and 12 hex digits of the SHA-256 of all that was fitted: equal models have equal versions."""
    centres = sorted([round(float(value), DIGITS) for value in centre] for centre in kmeans.clusterCenters())
    scale = [[round(float(value), DIGITS) for value in vector.toArray()] for vector in (scaler.mean, scaler.std)]
    content = json.dumps([filled.getStatement(), scale, centres])
    return f"segments-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
