"""Statistical disclosure control: no small cell, none that a total reveals, no figure that one person changes.

Every figure is based on k = 100 authors or more. One author changes a share, or a mean of values in 0..1, by at most
0.01: at two decimals the difference of two runs reveals nothing about that author. Unbounded amounts are capped at the
quantiles TAILS of all authors and have two significant digits: of an author beyond them only that fact is visible.
Counts are rounded to 5.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.privacy.limits import AMOUNT_DIGITS, ROUNDED_TO, SHARE_DECIMALS, TAILS, K

ACCURACY = 10_000
"""Approximate quantiles are exact up to so many rows."""


def keep_large_cells(
    cells: DataFrame, group: Sequence[str], count: str, k: int = K, *, are_disjoint: bool = True
) -> DataFrame:
    """The cells that may be shown next to their group's total; column `count` is a cell's number of authors.

    Suppresses cells below `k`, and then the next smallest until at least two cells with `k` authors together are
    hidden, so that the total does not reveal one of them (complementary suppression). Ties are broken by a hash of the
    cell, so that a re-run hides the same ones. Where cells share authors (`are_disjoint=False`), one of the hidden
    cells has `k` authors by itself.
    """
    others = [name for name in cells.columns if name != count]
    is_shown = ~is_suppressed(group, count, others, k, are_disjoint=are_disjoint)
    return cells.withColumn("_is_shown", is_shown).where("_is_shown").drop("_is_shown")


def is_suppressed(
    group: Sequence[str], count: str, others: Sequence[str], k: int = K, *, are_disjoint: bool = True
) -> Column:
    """Whether a cell must not be shown, as `keep_large_cells` says; `others`: columns that name a cell in its group."""
    in_group = Window.partitionBy(*group)
    tie = F.sha2(F.to_json(F.struct(*[F.col(name).cast("string") for name in others])), 256)
    smallest_first = in_group.orderBy(F.col(count), tie)
    before = (F.sum if are_disjoint else F.max)(count).over(smallest_first.rowsBetween(Window.unboundedPreceding, -1))
    small = F.sum((F.col(count) < k).cast("int")).over(in_group)
    place = F.row_number().over(smallest_first)
    return (F.col(count) < k) | ((small > 0) & ((F.coalesce(before, F.lit(0)) < k) | (place <= 2)))


def cap_amounts(rows: DataFrame, amounts: Sequence[str]) -> DataFrame:
    """Cap each of `amounts` at its quantiles TAILS over all rows; null stays null."""
    ends = rows.agg(F.struct(*[F.percentile_approx(name, list(TAILS), ACCURACY).alias(name) for name in amounts]))
    known = rows.crossJoin(F.broadcast(ends.toDF("_ends")))
    return known.withColumns({name: _within(F.col(name), F.col("_ends")[name]) for name in amounts}).drop("_ends")


def round_figures(
    rows: DataFrame,
    counts: Sequence[str] = (),
    shares: Sequence[str] = (),
    amounts: Sequence[str] = (),
    decimals: int = SHARE_DECIMALS,
) -> DataFrame:
    """Counts to the nearest 5, shares and means of 0..1 to `decimals`, amounts to two significant digits."""
    return rows.withColumns(
        {name: _to_five(F.col(name)).cast(rows.schema[name].dataType) for name in counts}
        | {name: F.round(name, decimals) for name in shares}
        | {name: _to_digits(F.col(name)).cast(rows.schema[name].dataType) for name in amounts}
    )


def _within(value: Column, ends: Column) -> Column:
    # least and greatest ignore nulls, which would turn an unknown amount into a large one.
    return F.when(value.isNotNull(), F.least(F.greatest(value, ends[0]), ends[1]))


def _to_five(count: Column) -> Column:
    return F.round(count / ROUNDED_TO) * ROUNDED_TO


def _to_digits(amount: Column) -> Column:
    unit = F.pow(F.lit(10.0), F.floor(F.log10(F.abs(amount))) - (AMOUNT_DIGITS - 1))
    # Divide by a power of ten last: 0.1 is not exact, 1 / 10 gives the nearest number.
    scaled = F.when(unit >= 1, F.round(amount / unit) * unit).otherwise(F.round(amount * (1 / unit)) / (1 / unit))
    return F.when(amount == 0, F.lit(0.0)).otherwise(F.round(scaled, 9))
