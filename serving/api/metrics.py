"""Prometheus metrics: requests by route and status, their duration, and what `operations` publishes."""

import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiTypes
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from rest_framework.request import Request

from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.view import View
from serving.readers.operations import read_operations
from serving.readers.rows import WHOLE

TEXT = "text/plain; version=0.0.4; charset=utf-8"
METHODS = ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS")
REQUESTS = Counter("brandpulse_http_requests", "Requests answered", ["method", "route", "status"], registry=None)
SECONDS = Histogram("brandpulse_http_request_seconds", "Duration of a request", ["route"], registry=None)


class MeasureRequests:
    """Counts each request under the name of its route; paths would be too many, and may contain a key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        route = (match and match.url_name) or "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


class Operations(Collector):
    """The published figures, as brandpulse_operations{kind,name}."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        rows = read_operations(settings.BRANDPULSE, None, WHOLE)
        values = GaugeMetricFamily("brandpulse_operations", "What operations shows", labels=["kind", "name", "unit"])
        for row in rows.rows:
            if isinstance(row.get("value"), int | float):
                values.add_metric([row["kind"], row["name"], str(row.get("unit") or "")], row["value"])
        yield values
        run = GaugeMetricFamily("brandpulse_operations_run", "The run of these figures, 0 before the first")
        run.add_metric([], rows.run or 0)
        yield run


class Metrics(View):
    scope = Scope.OPERATIONS_READ

    @operation("Metrics", "Metrics in Prometheus's text format.", {(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(generate_latest(_registry()), content_type=TEXT)


def _registry() -> CollectorRegistry:
    """Of all worker processes; of this one where METRICS_FOLDER is not set."""
    registry = CollectorRegistry()
    folder = settings.METRICS_FOLDER
    if folder:
        multiprocess.MultiProcessCollector(registry, folder)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(Operations())
    return registry
