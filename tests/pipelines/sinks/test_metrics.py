"""Metrics as Prometheus reads them, over HTTP."""

import socket
import urllib.request

import pytest

from pipelines.sinks.metrics import Sample, serve_metrics
from runtime.errors import UsageError


def read(port: int | None) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def test_figures_are_drawn_when_they_are_asked_for() -> None:
    figures = [Sample("received_total", "lines", 3.0), Sample("gaps", "by state", 2.0, ("state", "open"))]
    with serve_metrics(0, lambda: figures) as port:
        text = read(port)
        figures[0] = Sample("received_total", "lines", 4.0)
        again = read(port)
    assert "# TYPE brandpulse_collector_received_total counter" in text
    assert "brandpulse_collector_received_total 3.0" in text
    assert 'brandpulse_collector_gaps{state="open"} 2.0' in text
    assert "brandpulse_collector_received_total 4.0" in again


def test_without_a_port_there_are_none() -> None:
    with serve_metrics(None, tuple) as port:
        assert port is None


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"metrics_port {port} cannot be used"), serve_metrics(port, tuple):
            pass
