"""Topics, their windows and events, the cleaning report, and alerts."""

from datetime import timedelta

from conf.schemas.alerts import GOLD_ALERTS
from conf.schemas.shapes import RUN
from conf.schemas.topics import GOLD_CLEANING_REPORT, GOLD_TOPIC_EVENTS, GOLD_TOPIC_TRENDS, GOLD_TOPICS
from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import (
    MONDAY,
    a_cleaning_day,
    a_topic,
    a_topic_event,
    a_topic_window,
    an_alert,
    publish,
    publish_everything,
    put_alerts,
)

PATH = "/api/v1/brands/skyvarn"


def test_rows_have_the_columns_of_the_tables(django: None) -> None:
    from serving.api import alerts, topics

    assert set(topics.Topic().fields) == set(GOLD_TOPICS.fieldNames()) - RUN.keys() == topics.TOPIC.keys()
    assert set(topics.TopicTrend().fields) == set(GOLD_TOPIC_TRENDS.fieldNames()) - RUN.keys()
    assert set(topics.TopicEvent().fields) == set(GOLD_TOPIC_EVENTS.fieldNames()) == topics.EVENT.keys()
    assert set(topics.CleaningDay().fields) == set(GOLD_CLEANING_REPORT.fieldNames()) - RUN.keys() == topics.DAY.keys()
    assert set(alerts.Alert().fields) == set(GOLD_ALERTS.fieldNames()) - {"as_of"} | {"state"} == alerts.EXAMPLE.keys()


def test_topics_are_read_with_the_names_that_people_gave_them(served: Settings, client_of: ClientOf) -> None:
    from serving.alerts.changes import rename_topic

    publish(served, "topics", 1, a_topic(2), a_topic(1), a_topic(9, brand="skyvarn-cargo"))
    client = client_of("viewer")
    names = [row["name"] for row in client.get(f"{PATH}/topics").json()["data"]]
    assert names == ["Bag, lost, claim 1", "Bag, lost, claim 2"]
    known = {"If-None-Match": client.get(f"{PATH}/topics")["ETag"]}
    assert client.get(f"{PATH}/topics", headers=known).status_code == 304
    rename_topic("skyvarn", "t01", "Baggage", "ann")
    assert client.get(f"{PATH}/topics", headers=known).status_code == 200
    assert client.get(f"{PATH}/topics/t01").json()["data"]["name"] == "Baggage"
    rename_topic("skyvarn", "t01", "", "ann")
    assert client.get(f"{PATH}/topics/t01").json()["data"]["name"] == "Bag, lost, claim 1"
    assert client.get(f"{PATH}/topics/t03").json()["status"] == 404


def test_the_windows_are_of_one_topic_or_all_and_of_the_time_asked_for(served: Settings, client_of: ClientOf) -> None:
    days = [a_topic_window(MONDAY + timedelta(days=place)) for place in range(3)]
    publish(served, "topic_trends", 1, *days, a_topic_window(topic_id="none"), a_topic_window(window="week"))
    client, query = client_of(), "topic-trends?window=day&from=2026-05-04T00:00Z&to=2026-05-06T00:00Z"
    body = client.get(f"{PATH}/{query}").json()
    assert [row["topic_id"] for row in body["data"]] == ["none", "t01", "t01"]
    assert body["window"] == "day"
    one = client.get(f"{PATH}/{query}&topic_id=t01").json()["data"]
    assert [row["started_at"][:10] for row in one] == ["2026-05-04", "2026-05-05"]
    assert client.get(f"{PATH}/{query}&topic_id=x").status_code == 400


def test_events_and_cleaning_days_are_listed(served: Settings, client_of: ClientOf) -> None:
    publish(served, "topic_events", 1, a_topic_event(1), a_topic_event(2, topic_id="t02"))
    publish(served, "cleaning_report", 1, a_cleaning_day(), a_cleaning_day("copy", 3, MONDAY + timedelta(days=1)))
    client = client_of()
    assert [row["topic_id"] for row in client.get(f"{PATH}/topic-events?topic_id=t02").json()["data"]] == ["t02"]
    days = client.get(f"{PATH}/cleaning?from=2026-05-05").json()["data"]
    assert [(row["reason"], row["tweet_count"]) for row in days] == [("copy", 3)]


def test_alerts_are_the_newest_first_with_what_was_done(served: Settings, client_of: ClientOf) -> None:
    from serving.alerts.changes import act_on_alert

    client = client_of()
    assert client.get(f"{PATH}/alerts").json()["data"] == []
    put_alerts(served, an_alert(1), an_alert(2), an_alert(3, brand="northquill"))
    act_on_alert("skyvarn", f"{2:016x}", "resolve", "ann")
    first = client.get(f"{PATH}/alerts")
    found = [(row["alert_id"][-1], row["state"]) for row in first.json()["data"]]
    assert found == [("2", "resolve"), ("1", None)]
    again = {"If-None-Match": first["ETag"]}
    assert client.get(f"{PATH}/alerts", headers=again).status_code == 304
    put_alerts(served, an_alert(4))
    assert client.get(f"{PATH}/alerts", headers=again).status_code == 200
    since = client.get(f"{PATH}/alerts?since=2026-05-04T14:00:00Z").json()["data"]
    assert [row["alert_id"][-1] for row in since] == ["4", "2"]
    assert client.get(f"{PATH}/alerts?limit=1").status_code == 400  # they are one page


def test_everything_is_exported(served: Settings, client_of: ClientOf) -> None:
    publish_everything(served)
    client = client_of("analyst")
    for name in ("topics", "topic-events", "topic-trends", "cleaning", "alerts"):
        lines = client.get(f"{PATH}/{name}.csv").content.decode().splitlines()
        assert len(lines) > 1, name
