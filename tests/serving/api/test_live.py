"""Live figures: one document per brand, polled with an ETag."""

from datetime import timedelta

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import MONDAY, put_live

PATH = "/api/v1/brands/skyvarn/live"


def test_live_figures_are_of_the_brand(served: Settings, client_of: ClientOf) -> None:
    client = client_of("viewer")
    assert client.get(PATH).status_code == 404
    put_live(served, "skyvarn", sentiment=None)
    body = client.get(PATH).json()
    assert (body["brand"], body["tweet_count"], body["sentiment"]) == ("skyvarn", 4, None)


def test_polling_costs_nothing_until_something_changes(served: Settings, client_of: ClientOf) -> None:
    put_live(served, "skyvarn")
    client = client_of()
    tag = client.get(PATH)["ETag"]
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    put_live(served, "skyvarn", as_of=MONDAY + timedelta(seconds=1))
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 200
