"""Which tweets say something about a brand's topics, and why the others do not: each is flagged, none is dropped.

Rules look at one tweet, or at the tweets of the same brand on the same day (UTC), so that a day is always judged alike.
The order of REASONS is that of the funnel: a tweet counts at the first reason that it has.
"""

from collections.abc import Callable, Collection, Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.topics.words import topic_words_column

REASONS = (
    *("language", "off_brand", "bot_burst", "giveaway", "promotion"),
    *("retweet", "copy", "near_duplicate", "too_short"),
)
EXCLUDED = ("language", "off_brand", "bot_burst", "giveaway", "promotion", "too_short")
"""Tweets with one of these have no topic; a repeated text has that of the first, but counts once in a fit."""
RAW, USABLE = "raw", "usable"
BURST = 20
"""Tweets of one author about a brand in an hour."""
MIN_WORDS = 2
SIMILAR, MIN_SHINGLES = 0.8, 5
"""Two texts are near-duplicates when their sets of words (of five or more) overlap so much (Jaccard)."""
BANDS, ROWS = 4, 4
"""MinHash: of texts that overlap by 0.9 these find 98 %, by 0.8 88 %."""
GIVEAWAY = (
    "give ?aways?|(?:rt|retweet|like)s?(?: this)?(?: and| &| [+]|,) ?follow|follow(?: us| me)?(?: and| &| [+]|,) ?"
    "(?:rt|retweet|like|tag)|enter(?:ed)? to win|(?:chance|want) to win|tag (?:a|your|two|three|[0-9]+) friends?|"
    "win (?:a|an|one|two|free|some) (?:free |pair |year)"
)
PROMOTION = (
    "(?:promo|discount|coupon|referral|voucher) ?codes?|use (?:my |the )?code|[0-9]+ ?(?:%|percent) off|"
    "link in (?:my )?bio|(?:buy|shop|order|book|subscribe|apply|register) now|limited(?: time)? offer|"
    "sign up (?:now|today)|"
    "dm (?:me |us )?(?:for (?:prices?|orders?|deals?)|to order)|earn (?:money|cash|[$])|check out my|for sale"
)
HASHTAGS = 6


def with_reasons(
    tweets: DataFrame, languages: Collection[str], other_meanings: Mapping[str, Collection[str]]
) -> DataFrame:
    """Add `reasons`, array<string> in the order of REASONS, empty where a tweet is usable.

    `tweets` are rows of silver.tweets with `brand`; `other_meanings`: brand -> patterns of texts that mean another.
    """
    judged = with_neighbour_flags(tweets)
    lowered = F.lower("text")
    rules: dict[str, Column] = {
        "language": ~F.col("lang").isin(*languages) if languages else F.lit(False),
        "off_brand": _other_meaning(lowered, other_meanings),
        "bot_burst": F.col("_in_hour") >= BURST,
        "giveaway": lowered.rlike(GIVEAWAY),
        "promotion": lowered.rlike(PROMOTION) | (F.size("hashtags") >= HASHTAGS),
        "retweet": F.col("kind") == "retweet",
        "copy": F.col("_place") > 1,
        "near_duplicate": F.col("_is_similar"),
        "too_short": F.size(F.array_distinct(topic_words_column(F.col("text")))) < MIN_WORDS,
    }
    named = [F.when(F.coalesce(rules[reason], F.lit(False)), F.lit(reason)) for reason in REASONS]
    return judged.withColumn("reasons", F.array_compact(F.array(*named))).drop("_in_hour", "_place", "_is_similar")


def with_neighbour_flags(tweets: DataFrame) -> DataFrame:
    """Add `_in_hour` (tweets of the author in that hour), `_place` among tweets of the same text, `_is_similar`."""
    hour = Window.partitionBy("brand", "author_key", F.date_trunc("hour", "created_at"))
    same = Window.partitionBy("brand", "created_on", "text_hash", "_is_own").orderBy("created_at", "tweet_id")
    of_author = F.when(F.col("author_key").isNotNull(), F.count("*").over(hour))
    own = F.coalesce(F.col("kind") != "retweet", F.lit(True))
    placed = tweets.withColumns({"_in_hour": of_author, "_is_own": own}).withColumn(
        "_place", F.when(F.col("text_hash").isNotNull() & F.col("_is_own"), F.row_number().over(same))
    )
    placed = placed.localCheckpoint(eager=False)  # used twice
    firsts = placed.where("_is_own AND coalesce(_place, 1) = 1")
    similar = find_near_duplicates(firsts).withColumn("_is_similar", F.lit(True))
    return placed.join(similar, ["brand", "tweet_id"], how="left").drop("_is_own")


def find_near_duplicates(tweets: DataFrame) -> DataFrame:
    """[brand, tweet_id] of the tweets whose words are nearly those of an earlier tweet of the brand's day.

    MinHash with banding, in built-in functions: what shares a band is compared with the earliest of the band.
    """
    words = F.array_distinct(F.regexp_extract_all(F.lower("text"), F.lit("([^\\s.,;:!?]+)"), F.lit(1)))
    hashes = [F.array_min(F.transform("words", _hash_with(seed))) for seed in range(BANDS * ROWS)]
    bands = [
        F.xxhash64(F.lit(band), *[F.col("hashes")[place] for place in range(band * ROWS, (band + 1) * ROWS)])
        for band in range(BANDS)
    ]
    rows = tweets.select("brand", "created_on", "created_at", "tweet_id", words.alias("words"))
    hashed = rows.where(F.size("words") >= MIN_SHINGLES).withColumn("hashes", F.array(*hashes))
    placed = hashed.withColumn("band", F.explode(F.array(*bands)))
    bucket = Window.partitionBy("brand", "created_on", "band").orderBy("created_at", "tweet_id")
    first = F.first("words").over(bucket)
    overlap = F.size(F.array_intersect("words", "_first")) / F.size(F.array_union("words", "_first"))
    found = placed.withColumns({"_first": first, "_place": F.row_number().over(bucket)})
    return found.where((F.col("_place") > 1) & (overlap >= SIMILAR)).select("brand", "tweet_id").distinct()


def keep_topical(tweets: DataFrame, flags: DataFrame) -> DataFrame:
    """The tweets that may have a topic; `flags`: rows of gold.tweet_flags."""
    excluded = flags.where(F.arrays_overlap("reasons", F.array(*map(F.lit, EXCLUDED))))
    return tweets.join(excluded.select("brand", "tweet_id"), ["brand", "tweet_id"], how="left_anti")


def count_reasons(flagged: DataFrame) -> DataFrame:
    """Rows with `reasons` -> [brand, created_on, reason, tweet_count, first_count] with the rows RAW and USABLE.

    `tweet_count`: tweets with the reason; `first_count`: those that the funnel loses there, because it is their first.
    """
    names = F.when(F.size("reasons") > 0, F.col("reasons")).otherwise(F.array(F.lit(USABLE)))
    listed = flagged.select(
        "brand", "created_on", F.posexplode(F.array_append(names, F.lit(RAW))).alias("place", "reason")
    )
    is_first = (F.col("place") == 0) | (F.col("reason") == RAW)
    return listed.groupBy("brand", "created_on", "reason").agg(
        F.count("*").alias("tweet_count"), F.count_if(is_first).alias("first_count")
    )


def _other_meaning(lowered: Column, patterns: Mapping[str, Collection[str]]) -> Column:
    known = {brand: several for brand, several in patterns.items() if several}
    meant = [(F.col("brand") == brand) & lowered.rlike(_whole_words(several)) for brand, several in known.items()]
    return reduce(or_, meant, F.lit(False))


def _whole_words(patterns: Collection[str]) -> str:
    return f"(?<![a-z0-9])(?:{'|'.join(patterns)})(?![a-z0-9])"


def _hash_with(seed: int) -> Callable[[Column], Column]:
    return lambda word: F.xxhash64(word, F.lit(seed))
