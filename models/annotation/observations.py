"""Several observations of one tweet -> one row: the newest non-null value of each field wins, so no value is lost.

The rule is written twice: `summarise_observations` within a batch, `merge_expressions` between a batch (`s`) and the
table (`t`). Exception: a whole text is never replaced by a truncated one.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from conf.schemas.shapes import OFFSETS
from conf.schemas.silver import SCORED_COLUMNS, SILVER_TWEETS

_STRUCTS = ("metrics", "place", "author")
_TEXT = ("text", "is_truncated")
_SCORED = ("text", "text_hash", "is_truncated", *SCORED_COLUMNS)
_FIXED = ("tweet_id", "created_on", "brands", "observed_at", *_SCORED)
_UNIONED = "brands"
_UNCOMPARED = tuple(OFFSETS)
"""A record that repeats what is known changes nothing: the row keeps the offsets of the one before."""


def summarise_observations(parsed: DataFrame) -> DataFrame:
    """Parsed records (with kafka_at, partition, offset) -> one row per tweet; `brands` is the union."""
    order = F.struct("kafka_at", "offset")
    structs = [name for name in _STRUCTS if name in parsed.columns]
    plain = [name for name in parsed.columns if name in SILVER_TWEETS.fieldNames() and name not in (*_FIXED, *structs)]
    leaves = {leaf: path for struct in structs for leaf, path in _leaves(struct).items()}
    flat = parsed.select(
        *("tweet_id", "created_on", "brands", "kafka_at", *_TEXT),
        order.alias("seen"),
        *plain,
        *(F.col(path).alias(leaf) for leaf, path in leaves.items()),
    )
    whole_first = F.struct((~F.col("is_truncated")).alias("is_whole"), "seen")
    newest = flat.groupBy("tweet_id", "created_on").agg(
        F.max("kafka_at").alias("observed_at"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_set("brands")))).alias("brands"),
        F.max_by(F.struct(*_TEXT), whole_first).alias("newest_text"),
        *(_newest(name) for name in (*plain, *leaves)),
    )
    return newest.select(
        *("tweet_id", "created_on", "observed_at", "brands", "newest_text.*", *plain),
        *(
            F.struct(*(F.col(leaf).alias(path.split(".")[1]) for leaf, path in _leaves(s).items())).alias(s)
            for s in structs
        ),
    )


def keep_single_observations(parsed: DataFrame) -> DataFrame:
    """The same for records of distinct tweets, where nothing has to be merged; faster to plan."""
    kept = [name for name in parsed.columns if name in SILVER_TWEETS.fieldNames()]
    return parsed.select(*kept, F.col("kafka_at").alias("observed_at"))


def _newest(name: str) -> Column:
    return F.expr(f"max_by(`{name}`, seen) FILTER (WHERE `{name}` IS NOT NULL)").alias(name)


def _leaves(struct: str) -> dict[str, str]:
    """`metrics_like_count -> metrics.like_count` for each field of the struct."""
    shape = SILVER_TWEETS[struct].dataType
    names = shape.fieldNames() if isinstance(shape, StructType) else []
    return {f"{struct}__{name}": f"{struct}.{name}" for name in names}


def merge_expressions() -> tuple[str, dict[str, str | Column]]:
    """(condition under which the row in the table changes, new value of each column), both over `t` and `s`."""
    plain = [name for name in SILVER_TWEETS.fieldNames() if name not in (*_FIXED, *_STRUCTS)]
    newer = "s.observed_at >= t.observed_at"
    text_wins = f"(s.text IS NOT NULL AND IF(t.is_truncated <=> s.is_truncated, {newer}, t.is_truncated))"
    union = f"array_sort(array_union(t.{_UNIONED}, s.{_UNIONED}))"
    sets: dict[str, str | Column] = {name: _kept(name) for name in plain}
    sets |= {struct: _kept_struct(struct) for struct in _STRUCTS}
    sets |= {name: f"CASE WHEN {text_wins} THEN s.{name} ELSE t.{name} END" for name in _SCORED}
    sets |= {_UNIONED: union, "observed_at": "greatest(t.observed_at, s.observed_at)"}
    compared = {
        name: str(sets[name]) for name in (*plain, *_TEXT, "model_version", _UNIONED) if name not in _UNCOMPARED
    }
    # Field by field: replacing a null struct by a struct of nulls is no change.
    compared |= {path: _kept(path) for struct in _STRUCTS for path in _leaves(struct).values()}
    return " OR ".join(f"NOT (t.{name} <=> {becomes})" for name, becomes in compared.items()), sets


def _kept(name: str) -> str:
    newest_first, oldest_first = f"coalesce(s.{name}, t.{name})", f"coalesce(t.{name}, s.{name})"
    return f"IF(s.observed_at >= t.observed_at, {newest_first}, {oldest_first})"


def _kept_struct(struct: str) -> str:
    fields = ", ".join(f"'{path.split('.')[1]}', {_kept(path)}" for path in _leaves(struct).values())
    return f"named_struct({fields})"
