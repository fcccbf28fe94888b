"""Networks and trees as plain data: `charts.js` draws them, the chart frame shows the same rows as a table."""

from collections.abc import Sequence
from typing import Any

import networkx as nx

from pipelines.sources.mongo import Document
from serving.dashboard.charts import Chart

MOST_DRAWN = 60
BASES = {"retweet": "retweet", "quote": "quote", "reply": "reply"}


def build_network(influencers: Sequence[Document], min_degree: int = 1, around: str | None = None) -> "nx.Graph[str]":
    """Influencers by id, linked where they exchange reactions or share an audience.

    `around`: only that influencer and those next to them. Nodes with fewer than `min_degree` links are left out.
    """
    graph: nx.Graph[str] = nx.Graph()
    known = {row["influencer_id"]: row for row in influencers}
    for key, row in known.items():
        graph.add_node(key, label=row["handle"], community=row["community"] or "none", rank=row["rank"] or 0,
                       followers=row["followers_count"] or 0, score=float(row["score"] or 0.0))  # fmt: skip
    for key, row in known.items():
        for other in row["neighbours"] or ():
            if other["influencer_id"] in known:
                weight = (other["weight"] or 0) + (other["shared_count"] or 0)
                graph.add_edge(key, other["influencer_id"], weight=float(weight), reactions=other["weight"] or 0,
                               shared_audience=other["shared_count"] or 0)  # fmt: skip
    if around is not None:
        return nx.Graph(nx.ego_graph(graph, around))
    few = [node for node in graph if graph.degree(node) < min_degree]
    graph.remove_nodes_from(few)
    return graph


def network_chart(graph: "nx.Graph[str]") -> Chart:
    """The first MOST_DRAWN influencers of the graph by rank, and all of its links as a table."""
    first = sorted(graph, key=lambda node: (graph.nodes[node]["rank"], node))[:MOST_DRAWN]
    communities = sorted({graph.nodes[node]["community"] for node in first})
    nodes = [
        {"id": node, "name": graph.nodes[node]["label"], "size": graph.nodes[node]["followers"],
         "community": communities.index(graph.nodes[node]["community"])}
        for node in first
    ]  # fmt: skip
    links = [[one, other, data["weight"]] for one, other, data in graph.edges(data=True) if {one, other} <= set(first)]
    rows = [
        [graph.nodes[one]["label"], graph.nodes[other]["label"], data["reactions"], data["shared_audience"]]
        for one, other, data in sorted(graph.edges(data=True), key=lambda edge: -edge[2]["weight"])
    ]
    return {
        "kind": "graph",
        "nodes": nodes,
        "links": links,
        "communities": communities,
        "table": {"head": ["Influencer", "Influencer", "Reactions", "People in both audiences"], "rows": rows},
        "summary": f"{len(first)} influencers in {len(communities)} communities with {len(links)} links; "
        "the table below has the links",
    }


def cascade_chart(cascade: Document) -> Chart:
    """The tree of a conversation: observed edges as lines, estimated ones dashed."""
    start = cascade["started_at"]
    nodes: list[dict[str, Any]] = [
        {"name": f"@{cascade['handle']}" if cascade["handle"] else "first tweet", "estimated": False, "children": []}
    ]
    parents = []
    for node in cascade["nodes"]:
        name = f"@{node['handle']}" if node["handle"] else ""
        nodes.append({"name": name, "basis": node["basis"], "estimated": bool(node["is_estimated"]), "children": []})
        parents.append(node["parent"] or 0)
    for place, parent in enumerate(parents, start=1):
        nodes[parent if parent < place else 0]["children"].append(nodes[place])
    rows = [
        [
            place,
            f"@{node['handle']}" if node["handle"] else _magnitude(node["followers_magnitude"]),
            BASES.get(node["basis"], node["basis"]),
            round((node["created_at"] - start).total_seconds() / 60),
            "first tweet" if not parent else f"number {parent}",
            f"estimated, {round(100 * (node['probability'] or 0))} % likely" if node["is_estimated"] else "observed",
            _depth(node),
        ]
        for place, (node, parent) in enumerate(zip(cascade["nodes"], parents, strict=True), start=1)
    ]
    head = ["Number", "Account", "Reaction", "Minutes after", "Below", "Edge", "Depth below the retweeted tweet"]
    estimated = sum(bool(node["is_estimated"]) for node in cascade["nodes"])
    return {
        "kind": "tree",
        "root": nodes[0],
        "table": {"head": head, "rows": rows},
        "summary": f"a tree of {len(nodes) - 1} reactions, {estimated} of whose edges are estimated",
    }


def _magnitude(magnitude: int | None) -> str:
    return "an account" if magnitude is None else f"an account with {10**magnitude:,} followers or more"


def _depth(node: Document) -> str:
    if node["depth_mid"] is None:
        return ""
    return f"{node['depth_mid']:.1f} ({node['depth_low']:.1f} to {node['depth_high']:.1f})"
