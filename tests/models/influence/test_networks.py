"""PageRank, communities and audiences of a small network, compared with NetworkX."""

import networkx
import numpy as np
from pyspark.sql import SparkSession

from models.influence.networks import build_links, find_communities, measure_audiences, rank_pages

LINKS = "brand string, source string, target string, weight double"


def a_network() -> list[tuple[str, str, str, float]]:
    """Two cliques of five with one link between them, and for another brand a star with a dangling centre."""
    cliques = [(f"{side}{a}", f"{side}{b}") for side in "xy" for a in range(5) for b in range(5) if a != b]
    chance = np.random.default_rng(1)
    rows = [("acme", *pair, float(chance.integers(1, 9))) for pair in [*cliques, ("x0", "y0")]]
    return [*rows, *(("globex", f"fan{n}", "star", 1.0 + n) for n in range(6))]


def test_a_network_is_ranked_as_networkx_does_and_falls_into_its_communities(spark: SparkSession) -> None:
    rows = a_network()
    links = spark.createDataFrame(rows, LINKS)
    found = {(row["brand"], row["node"]): row["pagerank"] for row in rank_pages(links).collect()}
    for brand in ("acme", "globex"):
        graph: networkx.DiGraph[str] = networkx.DiGraph()
        graph.add_weighted_edges_from([row[1:] for row in rows if row[0] == brand])
        known = networkx.pagerank(graph, tol=1e-12, max_iter=500)
        assert max(abs(found[brand, node] - rank) for node, rank in known.items()) < 1e-6
    communities = {(row["brand"], row["node"]): row["community"] for row in find_communities(links).collect()}
    for side in "xy":
        assert len({communities["acme", f"{side}{n}"] for n in range(5)}) == 1
    assert communities["acme", "x0"] != communities["acme", "y0"]
    assert {name for (brand, _), name in communities.items() if brand == "globex"} == {"c1"}


def test_reactions_are_counted_per_brand_and_an_audience_is_unique_where_it_reacts_to_nobody_else(
    spark: SparkSession,
) -> None:
    edges = spark.createDataFrame(
        [
            ("fan", "ann", "retweet", ["acme", "globex"]),
            ("fan", "ann", "retweet", ["acme"]),
            ("fan", "bob", "reply", ["acme"]),
            ("eve", "ann", "quote", ["acme"]),
            ("ann", "ann", "reply", ["acme"]),
            ("fan", None, "retweet", ["acme"]),
        ],
        "author_key string, parent_author_key string, basis string, brands array<string>",
    )
    links = build_links(edges, "retweet", "reply", "quote")
    assert {tuple(row) for row in links.collect()} == {
        ("acme", "fan", "ann", 2.0),
        ("globex", "fan", "ann", 1.0),
        ("acme", "fan", "bob", 1.0),
        ("acme", "eve", "ann", 1.0),
    }
    assert build_links(edges, "quote").count() == 1
    found = {(row["brand"], row["node"]): row for row in measure_audiences(links).collect()}
    assert (found["acme", "ann"].audience_count, found["acme", "ann"].audience_uniqueness) == (2, 0.75)
    assert found["acme", "bob"].audience_uniqueness == 0.5
    assert found["globex", "ann"].audience_uniqueness == 1.0
