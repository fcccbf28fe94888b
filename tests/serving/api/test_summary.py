"""Now, this day and this week against the week before."""

from datetime import timedelta

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import MONDAY, a_trend, publish

PATH = "/api/v1/brands/skyvarn/summary"
WEEK = timedelta(weeks=1)


def test_each_part_is_compared_with_the_week_before(served: Settings, client_of: ClientOf) -> None:
    before = a_trend(MONDAY - WEEK, sentiment_mean=0.4, complaint_share=None)
    publish(served, "trends", 7, before, a_trend(MONDAY, sentiment_mean=0.3), a_trend(MONDAY, "week"))
    body = client_of().get(PATH).json()
    day = body["data"]["day"]
    assert (body["run"], day["current"]["sentiment_mean"], day["week_before"]["sentiment_mean"]) == (7, 0.3, 0.4)
    assert (day["change"]["sentiment_mean"], day["change"]["complaint_share"]) == (-0.1, None)
    week = body["data"]["week"]
    assert (week["current"]["started_at"], week["week_before"], week["change"]) == ("2026-05-04T00:00:00Z", None, None)


def test_now_is_the_narrowest_of_the_latest_windows_with_figures(served: Settings, client_of: ClientOf) -> None:
    noon = MONDAY + timedelta(hours=12)
    hours = [a_trend(noon + timedelta(hours=number), "hour", None) for number in range(3)]
    publish(served, "trends", 1, *hours, a_trend(noon, "6h"), a_trend(MONDAY, "6h"), a_trend(MONDAY, "day"))
    now = client_of().get(PATH).json()["data"]["now"]["current"]
    assert (now["window"], now["started_at"]) == ("6h", "2026-05-04T12:00:00Z")


def test_without_any_figures_now_is_the_latest_hour(served: Settings, client_of: ClientOf) -> None:
    publish(served, "trends", 1, a_trend(MONDAY, "hour", None), a_trend(MONDAY + timedelta(hours=1), "hour", None))
    now = client_of().get(PATH).json()["data"]["now"]["current"]
    assert (now["started_at"], now["tweet_count"], now["author_count"]) == ("2026-05-04T01:00:00Z", 300, None)


def test_a_brand_without_trends_has_no_summary(served: Settings, client_of: ClientOf) -> None:
    client = client_of()
    for run in (None, 1):
        if run:
            publish(served, "trends", run, a_trend(brand="northquill"))
        response = client.get(PATH)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
