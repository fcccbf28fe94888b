"""Influencers on pages: filtered, named only while they may be, audited, and as a file for Gephi."""

import io
from typing import Any

import networkx

from conf.settings import Settings
from models.influence.composite import FEATURES
from serving.dashboard import graphs
from tests.serving.conftest import BRAND, ClientOf, rows
from tests.serving.documents import a_conversation, an_influencer, publish, publish_everything

PATH = f"/brands/{BRAND}"
FIRST = f"{1:020x}"


def test_the_ranking_is_filtered_and_says_how_sure_it_is(served: Settings, browser_of: ClientOf) -> None:
    billing = [{"name": "billing", "post_count": 1, "engagement_count": 5}]
    publish(
        served, "influencers", 1, an_influencer(1), an_influencer(2, topics=billing), an_influencer(40, rank_high=90)
    )
    client = browser_of("analyst")
    text = client.get(f"{PATH}/influencers").content.decode()
    assert (
        "<h1>Talk to @public_otter_1 first: rank 1, between 1 and 3 with 95 % confidence, a narrow interval</h1>"
        in text
    )
    assert text.index("@public_otter_2<") < text.index("@public_otter_40<")
    text = client.get(f"{PATH}/influencers?topic=billing").content.decode()
    assert "@public_otter_2 first about billing" in text
    assert "@public_otter_1<" not in text
    text = client.get(f"{PATH}/influencers?region=GB").content.decode()
    assert "@public_otter_40" in text
    assert "a wide interval" not in text
    assert client.get(f"{PATH}/influencers?topic=weather").status_code == 400
    assert client.get(f"{PATH}/influencers/{'f' * 20}").status_code == 404


def test_each_look_is_recorded_under_the_key_that_an_erasure_knows(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("analyst")
    for path in ("influencers", f"influencers/{FIRST}", "network", "network.gexf", "cascades", f"cascades/{FIRST}"):
        assert client.get(f"{PATH}/{path}").status_code == 200, path
    found = [
        (each.action, each.brand, each.subject)
        for each in rows("AuditEntry").order_by("id")
        if each.action.partition(".")[0] in ("influencers", "network", "cascades")
    ]
    assert found == [
        ("influencers.list", BRAND, ""),
        ("influencers.read", BRAND, f"{1:064x}"),
        ("network.read", BRAND, ""),
        ("network.export", BRAND, ""),
        ("cascades.list", BRAND, ""),
        ("cascades.read", BRAND, ""),
    ]


def test_who_is_erased_is_named_on_no_page(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    publish(served, "influencers", 8, an_influencer(2))  # as after the erasure of the first one
    client = browser_of("analyst")
    pages = ("influencers", "network", "network.gexf", "cascades", f"cascades/{FIRST}", f"influencers/{2:020x}")
    for path in pages:
        text = client.get(f"{PATH}/{path}").content.decode()
        assert "public_otter_1" not in text, path
    text = client.get(f"{PATH}/cascades/{FIRST}").content.decode()
    assert "status/178" not in text
    assert "@public_otter_2" in text  # who takes part, and may still be named


def test_a_cascade_tells_observed_and_estimated_apart(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    text = browser_of("analyst").get(f"{PATH}/cascades/{FIRST}").content.decode()
    assert "estimated, 40 % likely" in text
    assert "1.4 (1.0 to 1.9)" in text
    hidden = a_conversation(3, mean_depth_mid=None, suppressed_because="low_coverage")
    publish(served, "cascades", 9, hidden)
    text = browser_of("analyst").get(f"{PATH}/cascades/{3:020x}").content.decode()
    assert "not shown: the times of less than half of its retweets are known" in text


def test_the_network_is_a_file_that_gephi_reads(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("analyst")
    response = client.get(f"{PATH}/network.gexf?min_degree=1")
    assert response["Content-Type"] == "application/gexf+xml"
    graph = networkx.read_gexf(io.BytesIO(response.content))
    assert {data["label"] for _, data in graph.nodes(data=True)} == {"public_otter_1", "public_otter_2"}
    assert [data["weight"] for *_, data in graph.edges(data=True)] == [15.0]
    assert len(networkx.read_gexf(io.BytesIO(client.get(f"{PATH}/network.gexf?min_degree=2").content))) == 0


def test_an_ego_network_has_only_those_next_to_it() -> None:
    near: Any = [{"influencer_id": f"{2:020x}", "weight": 1, "shared_count": None}]
    world = [an_influencer(1, neighbours=near), an_influencer(2, neighbours=None), an_influencer(3)]
    assert set(graphs.build_network(world, around=FIRST)) == {FIRST, f"{2:020x}"}
    assert set(graphs.build_network(world, 0)) == {f"{number:020x}" for number in (1, 2, 3)}
    chart = graphs.network_chart(graphs.build_network(world))
    assert chart["table"]["rows"] == [["public_otter_1", "public_otter_2", 1, 0]]
    assert "2 influencers" in chart["summary"]


def test_the_reasons_of_a_rank_are_the_figures_of_the_score(django: None) -> None:
    from serving.dashboard.influencers import REASONS

    assert [name for name, *_ in REASONS] == list(FEATURES)


def test_an_overlap_is_a_part_also_where_an_audience_was_counted_before_it_grew(django: None) -> None:
    from serving.dashboard.influencers import overlap

    link, others = {"influencer_id": "b", "shared_count": 6}, {"b": {"audience_count": 8}}
    assert overlap(link, {"audience_count": 12}, others) == 6 / 14
    assert overlap(link, {"audience_count": None}, others) == 6 / 8
    assert overlap(link | {"shared_count": 0}, {"audience_count": None}, {"b": {"audience_count": None}}) is None
