"""Metrics for Prometheus on a local port, collected only when they are requested."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.errors import UsageError

HOST = "127.0.0.1"
PREFIX = "brandpulse_collector_"


class Sample(NamedTuple):
    """One value; samples of one name differ in the value of one label. A name that ends in `_total` is a counter."""

    name: str
    help: str
    value: float
    label: tuple[str, str] | None = None


@contextmanager
def serve_metrics(port: int | None, read: Callable[[], Iterable[Sample]]) -> Iterator[int | None]:
    """Serve what `read` returns on http://127.0.0.1:<port>/metrics; yields the port. None: no metrics, 0: any port."""
    if port is None:
        yield None
        return
    registry = CollectorRegistry()
    registry.register(_OnDemand(read))
    try:
        server, thread = start_http_server(port, HOST, registry)
    except OSError as error:
        raise UsageError(f"collect_stream.metrics_port {port} cannot be used: {error.strerror}") from None
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        _join(thread)


class _OnDemand(Collector):
    def __init__(self, read: Callable[[], Iterable[Sample]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing: samples are read only on request."""
        return ()

    def collect(self) -> Iterable[Metric]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for sample in self._read():
            names = [sample.label[0]] if sample.label else []
            kind = CounterMetricFamily if sample.name.endswith("_total") else GaugeMetricFamily
            family = families.setdefault(sample.name, kind(PREFIX + sample.name, sample.help, labels=names))
            family.add_metric([sample.label[1]] if sample.label else [], sample.value)
        return families.values()


def _join(thread: threading.Thread) -> None:
    thread.join(1.0)
