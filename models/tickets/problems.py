"""Near-identical complaints of many authors are one problem.

Two texts are near-identical if they share half of their pairs of words (Jaccard similarity). Candidates for the
comparison are found by MinHash (Broder 1997): of each of `SEEDS` hash functions the two smallest hashes of a text's
pairs are a `similar_key`, which two texts share with the square of their similarity.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.privacy.pseudonyms import with_keys

SEEDS = 6
MIN_PAIRS = 4
MIN_SIMILARITY = 0.5
MEMBER = ("candidate_key", "brand", "author_key", "text", "similar_keys", "problem_key")
"""The columns that `gather_members` reads."""
_GROUP = ["brand", "similar_key"]


def similar_keys_column(text: Column) -> Column:
    """Masked text -> array of `SEEDS` strings; null for a text with fewer than `MIN_PAIRS` pairs of words."""
    pairs = _pairs(text)
    return F.when(F.size(pairs) >= MIN_PAIRS, F.array(*[_smallest(pairs, seed) for seed in range(SEEDS)]))


def gather_members(new: DataFrame, stored: DataFrame, authors: int) -> DataFrame:
    """A row of `MEMBER` and one similar_key for each that `new` complaints share with others of `authors` authors.

    Cheap beside the comparison of texts, and most batches have none. `new` and `stored` have the columns `MEMBER`.
    """
    fresh = new.select(*MEMBER).withColumn("similar_key", F.explode("similar_keys"))
    asked = F.broadcast(fresh.select(*_GROUP).distinct())
    known = stored.select(*MEMBER).withColumn("similar_key", F.explode("similar_keys"))
    members = fresh.unionByName(known.join(asked, _GROUP, how="left_semi"))
    sharing = F.size(F.collect_set("author_key").over(Window.partitionBy(*_GROUP)))
    return members.withColumn("_sharing", sharing).where(F.col("_sharing") >= authors).drop("_sharing", "similar_keys")


def name_problems(members: DataFrame, keys: DataFrame, authors: int) -> DataFrame:
    """`gather_members` -> [candidate_key, problem_key] of the complaints that belong to a problem and had no key.

    A problem has `authors` different authors; a complaint joins the problem that near-identical complaints belong to,
    else they begin one.
    """
    members = members.withColumn("pairs", _pairs(F.col("text")))
    # The first of a group, or one that has a key, represents it.
    first = F.min_by("pairs", F.struct(F.col("problem_key").isNull(), "candidate_key"))
    represented = members.join(members.groupBy(*_GROUP).agg(first.alias("model")), _GROUP, how="inner")
    alike = represented.where(_similarity("pairs", "model") >= MIN_SIMILARITY)
    groups = alike.groupBy(*_GROUP).agg(
        F.count_distinct("author_key").alias("authors"), F.min("problem_key").alias("known_key")
    )
    named = groups.where(F.col("authors") >= authors).withColumn("_name", F.concat_ws("|", *_GROUP))
    keyed = with_keys(named, keys, {"new_key": "_name"})
    joined = alike.where("problem_key IS NULL").select("candidate_key", *_GROUP).join(keyed, _GROUP, how="inner")
    best = F.struct(F.col("known_key").isNotNull(), "authors", "similar_key")
    chosen = F.max_by(F.coalesce("known_key", "new_key"), best)
    return joined.groupBy("candidate_key").agg(chosen.alias("problem_key"))


def _pairs(text: Column) -> Column:
    """The distinct pairs of neighbouring words, without names, links and digits."""
    plain = F.regexp_replace(F.lower(text), r"@\w+|https?\S*", " ")
    words = F.split(F.trim(F.regexp_replace(plain, r"[^\p{L}]+", " ")), " ")
    # An array of one, so that the words are computed once.
    return F.flatten(F.transform(F.array(words), _neighbours))


def _neighbours(words: Column) -> Column:
    pairs = F.arrays_zip(F.slice(words, F.lit(1), F.size(words) - 1), F.slice(words, F.lit(2), F.size(words)))
    return F.array_distinct(F.transform(pairs, lambda pair: F.concat_ws(" ", pair["0"], pair["1"])))


def _smallest(pairs: Column, seed: int) -> Column:
    hashes = F.array_sort(F.transform(pairs, lambda pair: F.xxhash64(F.lit(seed), pair)))
    return F.lower(F.hex(F.xxhash64(F.lit(seed), F.get(hashes, F.lit(0)), F.get(hashes, F.lit(1)))))


def _similarity(one: str, other: str) -> Column:
    return F.size(F.array_intersect(one, other)) / F.size(F.array_union(one, other))
