"""What may be served: no small cell, none that a total reveals, no figure that one person changes."""

import random

import pytest
from pyspark.sql import SparkSession

from models.privacy.anonymity import cap_amounts, keep_large_cells, round_figures
from models.privacy.limits import K, amount_decimals


def shown(spark: SparkSession, counts: list[int], group: str = "acme") -> list[int]:
    cells = spark.createDataFrame(
        [(group, str(i), n) for i, n in enumerate(counts)], "brand string, cell string, n long"
    )
    return sorted(row.n for row in keep_large_cells(cells, ["brand"], "n").collect())


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ([500, 300, 100], [100, 300, 500]),
        ([500, 300, 99], [500]),
        ([500, 300, 40, 70], [300, 500]),
        ([500, 300, 40, 40], [500]),
        ([500, 99], []),
        ([5], []),
        ([], []),
    ],
)
def test_small_cells_go_and_those_that_would_give_them_away(
    spark: SparkSession, counts: list[int], kept: list[int]
) -> None:
    assert shown(spark, counts) == kept


def test_what_is_hidden_is_never_one_cell_nor_fewer_than_k_authors(spark: SparkSession) -> None:
    rng = random.Random(3)
    worlds = {
        str(number): [rng.choice((3, 60, 99, 100, 400)) for _ in range(rng.randint(1, 6))] for number in range(60)
    }
    rows = [(world, str(i), n) for world, counts in worlds.items() for i, n in enumerate(counts)]
    cells = spark.createDataFrame(rows, "brand string, cell string, n long")
    kept = {(row.brand, row.cell) for row in keep_large_cells(cells, ["brand"], "n").collect()}
    for world, counts in worlds.items():
        hidden = [n for i, n in enumerate(counts) if (world, str(i)) not in kept]
        assert all(n >= K for i, n in enumerate(counts) if (world, str(i)) in kept)
        assert not hidden or len(hidden) == len(counts) or (len(hidden) > 1 and sum(hidden) >= K), counts


def test_figures_are_rounded_by_what_they_are(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [(1, 1042, 0.4567, 1534.0, 0.01234), (2, 1043, None, 0.0, 99.6), (3, None, 1.0, None, 7.0)],
        "id int, n long, share double, followers double, engagement double",
    )
    rounded = round_figures(rows, ["n"], ["share"], ["followers", "engagement"]).orderBy("id").collect()
    assert [tuple(row)[1:] for row in rounded] == [
        (1040, 0.46, 1500.0, 0.012),
        (1045, None, 0.0, 100.0),
        (None, 1.0, None, 7.0),
    ]


def test_amounts_are_capped_at_both_ends_and_an_unknown_one_stays_unknown(spark: SparkSession) -> None:
    rows = [(-9_000.0, 1), *((float(n % 7), 2) for n in range(198)), (100_000.0, None)]
    capped = cap_amounts(spark.createDataFrame(rows, "change double, other int"), ["change", "other"]).collect()
    assert (capped[0].change, capped[-1].change) == (0.0, 6.0)
    assert (capped[0].other, capped[-1].other) == (2, None)


@pytest.mark.parametrize(
    ("amounts", "decimals"), [((0.0,), 0), ((-1534.0, 3.0), -2), ((0.0123,), 3), ((9.6, 0.001), 1)]
)
def test_amounts_of_one_scale_share_their_decimals(amounts: tuple[float, ...], decimals: int) -> None:
    assert amount_decimals(*amounts) == decimals
