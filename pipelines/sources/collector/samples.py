"""A collector's state, gaps and spending as metrics: (name, help text, value, label or None)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pipelines.sources.collector.gap_ledger import Gap
from pipelines.sources.collector.read_budget import Spending
from pipelines.sources.collector.state import State

Figure = tuple[str, str, float, tuple[str, str] | None]


def figures_of(state: State, gaps: Iterable[Gap], spending: Spending) -> Iterator[Figure]:
    """What Prometheus reads."""
    yield from _traffic(state)
    for cause, count in state.endings.items():
        yield "reconnects_total", "connections and attempts by what ended them", count, ("cause", cause)
    yield from _gaps(list(gaps))
    yield "budget_reads", "posts read in this month", spending.reads, None
    yield "budget_reads_limit", "x.monthly_reads", spending.limit, None
    yield "budget_reads_forecast", "posts read by the end of the month at this pace", spending.forecast, None
    yield "budget_usd", "cost of this month's reads", spending.cost, None


def _traffic(state: State) -> Iterator[Figure]:
    yield "received_total", "lines from X", state.received, None
    yield "received_bytes_total", "bytes of lines from X", state.received_bytes, None
    yield "delivered_total", "records that Kafka acknowledged", state.delivered, None
    yield "repaired_total", "posts that a repair found by search", state.repaired, None
    yield "queue_depth", "records in the buffer for Kafka", state.waiting, None
    yield "queue_bytes", "bytes in the buffer for Kafka", state.waiting_bytes, None
    yield "under_way", "records that Kafka has not acknowledged yet", state.under_way, None
    yield "connected", "1 while the stream is open", float(state.is_connected), None
    yield "tweets_per_second", "tweets per second in the last full minute", state.rate, None
    yield "lag_seconds", "age of the newest acknowledged tweet", state.lag, None
    yield "latency_seconds", "from the socket to the acknowledgement", state.latency_p50, ("quantile", "0.5")
    yield "latency_seconds", "from the socket to the acknowledgement", state.latency_p99, ("quantile", "0.99")


def _gaps(gaps: list[Gap]) -> Iterator[Figure]:
    for state, count in sorted(Counter(gap.state.value for gap in gaps).items()):
        yield "gaps", "gaps of the stream by state", count, ("state", state)
    yield "gap_seconds_total", "total length of the gaps of the stream", sum(gap.seconds for gap in gaps), None
