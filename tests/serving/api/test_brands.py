"""Brands: those that somebody has a role for."""

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_trend, publish


def test_a_brand_comes_with_what_its_file_says(served: Settings, client_of: ClientOf) -> None:
    (brand,) = client_of("viewer").get("/api/v1/brands").json()["data"]
    assert (brand["brand"], brand["handle"]) == ("skyvarn", "FlySkyvarn")


def test_somebody_with_a_role_on_all_sees_published_brands_without_a_file(
    served: Settings, client_of: ClientOf
) -> None:
    publish(served, "trends", 1, a_trend(), a_trend(window="week"), a_trend(brand="acme"), a_trend(brand="zeta"))
    brands = client_of("viewer", brand="*").get("/api/v1/brands").json()["data"]
    assert [(each["brand"], each["handle"]) for each in brands] == [
        ("acme", None),
        ("skyvarn", "FlySkyvarn"),
        ("zeta", None),
    ]
