"""Influencers and cascades in the API: what is published and no more, filtered, audited, in no cache and no export."""

from conf.settings import Settings
from pipelines.influence.publish_influencers import FIGURES, OF_CASCADES
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_conversation, an_influencer, publish

PATH = "/api/v1/brands/skyvarn"


def test_a_row_has_what_is_published_and_no_key_of_an_author(django: None) -> None:
    from serving.api.influencers import CASCADE, INFLUENCER, Cascade, Influencer

    of_influencers = {*FIGURES, "brand", "influencer_id", "handle", "posts", "neighbours"}
    assert set(Influencer().fields) == of_influencers == INFLUENCER.keys()
    of_cascades = {*OF_CASCADES, "brand", "cascade_id", "handle", "tweet_id", "nodes"}
    assert set(Cascade().fields) == of_cascades == CASCADE.keys()


def test_influencers_are_listed_by_rank_and_filtered(served: Settings, client_of: ClientOf) -> None:
    other = an_influencer(12, topics=[{"name": "billing", "post_count": 1, "engagement_count": 1}])
    publish(served, "influencers", 1, an_influencer(2), an_influencer(1), other)
    client = client_of("analyst")
    answer = client.get(f"{PATH}/influencers?limit=2")
    assert [row["rank"] for row in answer.json()["data"]] == [1, 2]
    assert answer["Cache-Control"] == "no-store"
    assert [row["rank"] for row in client.get(answer.json()["next"]).json()["data"]] == [12]
    assert [row["rank"] for row in client.get(f"{PATH}/influencers?topic=billing").json()["data"]] == [12]
    assert [row["rank"] for row in client.get(f"{PATH}/influencers?region=IE").json()["data"]] == [1]
    assert client.get(f"{PATH}/influencers/{2:020x}").json()["data"]["handle"] == "public_otter_2"
    assert client.get(f"{PATH}/influencers/{'f' * 20}").status_code == 404
    assert [client.get(f"{PATH}/influencers.{form}").status_code for form in ("csv", "jsonl")] == [404, 404]


def test_reads_are_audited_under_the_author_key(served: Settings, client_of: ClientOf) -> None:
    from serving.accounts.models import AuditEntry

    publish(served, "influencers", 1, an_influencer(1))
    publish(served, "cascades", 1, a_conversation(1))
    client = client_of("analyst")
    for path in ("influencers", f"influencers/{1:020x}", "cascades", f"cascades/{1:020x}"):
        assert client.get(f"{PATH}/{path}").status_code == 200
    found = [
        (each.action, each.subject)
        for each in AuditEntry.objects.order_by("id")
        if each.action.partition(".")[0] in ("influencers", "cascades")
    ]
    assert found == [
        ("influencers.list", ""),
        ("influencers.read", f"{1:064x}"),
        ("cascades.list", ""),
        ("cascades.read", f"{1:020x}"),
    ]


def test_a_conversation_names_only_influencers_of_now(served: Settings, client_of: ClientOf) -> None:
    publish(served, "influencers", 1, an_influencer(2))
    publish(served, "cascades", 1, a_conversation(1))
    row = client_of("analyst").get(f"{PATH}/cascades/{1:020x}").json()["data"]
    assert (row["handle"], row["tweet_id"]) == (None, None)
    assert [node["handle"] for node in row["nodes"]] == ["public_otter_2", None, None]
    assert "author_key" not in row
