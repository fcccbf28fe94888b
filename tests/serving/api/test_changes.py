"""/brands/{brand}/changes"""

from datetime import timedelta

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import MONDAY, a_trend, publish

PATH = "/api/v1/brands/skyvarn/changes"
WEEK = timedelta(weeks=1)


def publish_weeks(settings: Settings, *sentiments: float) -> None:
    """Weeks up to that of MONDAY, with these means ± 0.01."""
    weeks = [
        a_trend(
            MONDAY - place * WEEK,
            "week",
            1000,
            sentiment_mean=each,
            sentiment_mean_low=each - 0.01,
            sentiment_mean_high=each + 0.01,
        )
        for place, each in enumerate(reversed(sentiments))
    ]
    publish(settings, "trends", 7, *weeks)


def test_the_newest_week_is_compared_with_the_one_before(served: Settings, client_of: ClientOf) -> None:
    publish_weeks(served, 0.48, 0.42)
    body = client_of().get(PATH).json()
    assert (body["run"], body["week"]) == (7, "2026-05-04")
    first = body["data"][0]
    assert (first["name"], first["change"], first["is_chance"]) == ("sentiment_mean", -0.06, False)


def test_a_week_that_has_only_begun_stands_back_for_the_one_before(served: Settings, client_of: ClientOf) -> None:
    publish(
        served, "trends", 7, *(a_trend(MONDAY + place * WEEK, "week", 1000) for place in (-1, 0, 1))
    )  # as of its start
    assert client_of().get(PATH).json()["week"] == "2026-05-04"
    assert client_of().get(f"{PATH}?week=2026-05-11").json()["week"] == "2026-05-11"


def test_an_earlier_week_can_be_asked_for(served: Settings, client_of: ClientOf) -> None:
    publish_weeks(served, 0.30, 0.48, 0.42)
    body = client_of().get(f"{PATH}?week=2026-04-27").json()
    assert (body["week"], body["data"][0]["change"]) == ("2026-04-27", 0.18)


def test_without_a_week_before_there_are_no_changes(served: Settings, client_of: ClientOf) -> None:
    publish_weeks(served, 0.42)
    assert client_of().get(PATH).json()["data"] == []


def test_pages_follow_one_another(served: Settings, client_of: ClientOf) -> None:
    publish_weeks(served, 0.48, 0.42)
    client = client_of()
    whole = client.get(PATH).json()["data"]
    rows, path = [], f"{PATH}?limit=2"
    while path:
        body = client.get(path).json()
        rows += body["data"]
        path = body["next"]
    assert rows == whole
    assert len(rows) > 2


def test_the_changes_are_exported(served: Settings, client_of: ClientOf) -> None:
    publish_weeks(served, 0.48, 0.42)
    lines = client_of().get(f"{PATH}.csv").content.decode().splitlines()
    assert lines[0].startswith("kind,name,value,low,high,before")
    assert lines[1].startswith("figure,sentiment_mean,0.42")
