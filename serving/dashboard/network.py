"""Network: which influencers stand together, on a page and as a file for Gephi. Each look is in the audit log."""

import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import networkx as nx
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pipelines.sources.mongo import Document
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard import graphs, words
from serving.dashboard.filters import choose, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, SignedInView, brandpulse
from serving.readers.influencers import read_influencers

DEGREES = {"Any": 0, "1 link": 1, "2 links": 2, "5 links": 5, "10 links": 10}
DEFAULT_DEGREE = 1
MOST_MEMBERS = 5


class Network(PageView):
    scope, route, template, keeps = Scope.INFLUENCERS_READ, "page-network", "dashboard/network.html", False

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, degree = path["brand"], choose(request, "min_degree", DEGREES, DEFAULT_DEGREE)
        record(request, "network.read", brand, purpose="")
        found = read_influencers(brandpulse(), brand)
        graph = graphs.build_network(found.rows, degree)
        groups = communities(found.rows)
        name = words.brand_name(brand)
        count = f"{len(groups)} communit{'y' if len(groups) == 1 else 'ies'}"
        return {
            "has_charts": bool(graph.nodes),
            "headline": f"{name}'s influencers stand in {count}"
            if groups
            else f"No network of {name} is published yet",
            "rows": found.rows,
            "network": graphs.network_chart(graph),
            "communities": groups,
            "degrees": options(DEGREES, degree),
            "gexf": f"{reverse('network-file', args=[brand])}?{urlencode({'min_degree': degree})}",
            "network_as_of": next((row["network_as_of"] for row in found.rows if row["network_as_of"]), None),
            "run": found.run,
            "as_of": found.as_of,
        }


class NetworkFile(SignedInView):
    """The network as GEXF 1.2, with weights and communities."""

    scope = Scope.INFLUENCERS_READ

    def get(self, request: HttpRequest, **path: str) -> HttpResponse:
        degree = choose(request, "min_degree", DEGREES, DEFAULT_DEGREE)
        record(request, "network.export", path["brand"], purpose="")
        graph = graphs.build_network(read_influencers(brandpulse(), path["brand"]).rows, degree)
        out = io.BytesIO()
        nx.write_gexf(graph, out)
        named = f'attachment; filename="{path["brand"]}-network.gexf"'
        headers: dict[str, Any] = {"Content-Disposition": named, "Cache-Control": "no-store"}
        return HttpResponse(out.getvalue(), content_type="application/gexf+xml", headers=headers)


def communities(rows: Sequence[Document]) -> list[Content]:
    """The communities with named influencers, those with most of them first."""
    names = sorted({row["community"] for row in rows if row["community"]})
    found = [{"name": name, "members": [row for row in rows if row["community"] == name]} for name in names]
    found.sort(key=lambda each: (-len(each["members"]), each["name"]))
    return [each | {"count": len(each["members"]), "members": each["members"][:MOST_MEMBERS]} for each in found]
