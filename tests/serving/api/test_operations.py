"""Operations, models, and the same figures as Prometheus metrics."""

from conf.settings import Settings
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_measurement, publish


def published(settings: Settings) -> None:
    card = {"detail": {"heads": ["sentiment"]}, "unit": "macro F1", "value": 0.5}
    absent = {"_id": "erasure:due"}
    publish(settings, "operations", 4, a_measurement(), a_measurement("model", "annotator", **card), absent)


def test_measurements_are_listed_by_kind_and_name(served: Settings, client_of: ClientOf) -> None:
    published(served)
    client = client_of("viewer")
    rows = client.get("/api/v1/operations").json()["data"]
    assert [(row["kind"], row["name"], row["value"]) for row in rows] == [
        ("erasure", "due", None),
        ("freshness", "silver.tweets", 12.0),
        ("model", "annotator", 0.5),
    ]
    (only,) = client.get("/api/v1/operations?kind=freshness").json()["data"]
    assert (only["unit"], only["measured_at"]) == ("seconds", "2026-05-04T00:00:00Z")


def test_models_are_their_cards_and_drift(served: Settings, client_of: ClientOf) -> None:
    published(served)
    (row,) = client_of().get("/api/v1/models").json()["data"]
    assert (row["name"], row["detail"]) == ("annotator", {"heads": ["sentiment"]})


def test_metrics_have_requests_and_published_figures(served: Settings, client_of: ClientOf) -> None:
    published(served)
    client = client_of("viewer")
    client.get("/api/v1/operations")
    response = client.get("/metrics", headers={"Accept": "text/plain"})
    text = response.content.decode()
    assert response["Content-Type"].startswith("text/plain")
    assert 'brandpulse_operations{kind="freshness",name="silver.tweets",unit="seconds"} 12.0' in text
    assert "brandpulse_operations_run 4.0" in text
    assert 'brandpulse_http_requests_total{method="GET",route="operations",status="200"}' in text
