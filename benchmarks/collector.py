"""The collector: latency from X's socket to the acknowledged Kafka record, memory growth, and maximum rate.

    python -m benchmarks.collector [--rate 250] [--minutes 1] [--steps 500,1000,2000]

The collector runs as a process between the X emulator and the embedded broker. The first 20 seconds are left out: the
buffers and the broker's JVM warm up. A rate is sustained if 97 % of the delivered tweets were acknowledged and the
connection was never lost. Rates are those that the emulator delivered, since it cannot always deliver what was asked.
Emulator, collector and broker share the machine's cores: `core_share` is the collector's share of one core.
"""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import tweepy
from pydantic import SecretStr

import stack
from benchmarks.harness import environment, job, save
from conf.settings import Settings, load_settings
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sources.collector.state import State, read_states
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clients import open_stream
from runtime.resources import PROJECT
from stack.processes import wait_until
from stack.x_emulator.client import EmulatorAdmin
from stack.x_emulator.options import Credentials

WARM_UP_SECONDS, STEP_SECONDS, SETTLE_SECONDS = 20.0, 15.0, 3.0
SUSTAINED_SHARE = 0.97
SAMPLE = 300.0
EVERYTHING = "skyvarn OR moonkettle OR pellowire OR oakmerrow OR the OR a OR my OR to OR is"


class Bench(NamedTuple):
    """A running collector, its emulator and its store."""

    process: psutil.Process
    x: EmulatorAdmin
    store: Store

    def state(self) -> State:
        return read_states(self.store)[0]

    def sent_by_x(self) -> int:
        """Distinct posts that X delivered."""
        return int(self.x.state()["usage"])

    def play(self, rate: float) -> None:
        """Let X deliver `rate` posts per second; the emulator plays more, since not every post matches the rule."""
        state = self.x.state()
        share = state["usage"] / state["posts"] if state["posts"] else 1.0
        self.x.play(rate / share)

    def cpu_seconds(self) -> float:
        """CPU time of the collector so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def rss(self) -> float:
        """Resident memory of the collector in megabytes."""
        return float(self.process.memory_info().rss) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=250, help="tweets per second (default: 250, X's cap)")
    parser.add_argument("--minutes", type=float, default=1, help="minutes measured after the warm-up (default: 1)")
    parser.add_argument("--steps", default="500,1000,2000", help="rates to try afterwards, in tweets per second")
    flags = parser.parse_args()
    with a_bench() as bench:
        figures = measure(bench, flags.rate, 60 * flags.minutes)
        steps = [sustained_rate(bench, float(rate)) for rate in filter(None, flags.steps.split(","))]
    highest = max([figures["delivered_per_second"], *steps])
    figures |= {"rate": flags.rate, "minutes": flags.minutes, "highest_sustained_rate": highest}
    save("collector", figures)
    print(
        f"{flags.rate:.0f}/s for {flags.minutes:g} min: socket to acknowledgement p50 {figures['p50_ms']:.0f} ms, "
        f"p99 {figures['p99_ms']:.0f} ms; RSS {figures['rss_mb']:.0f} MB, growth {figures['rss_growth_share']:.1%}; "
        f"{figures['core_share']:.0%} of a core; highest sustained rate {highest:.0f}/s"
    )
    return 0


def measure(bench: Bench, rate: float, seconds: float) -> dict[str, float]:
    """Latencies in milliseconds, memory in megabytes and its growth from the end of the warm-up."""
    bench.play(rate)
    time.sleep(WARM_UP_SECONDS)
    before, first, started, used = bench.rss(), bench.state().delivered, time.monotonic(), bench.cpu_seconds()
    time.sleep(seconds)
    state, after = bench.state(), bench.rss()
    return {
        "core_share": (bench.cpu_seconds() - used) / (time.monotonic() - started),
        "p50_ms": 1000 * state.latency_p50,
        "p99_ms": 1000 * state.latency_p99,
        "rss_mb": after,
        "rss_growth_share": after / before - 1,
        "delivered_per_second": (state.delivered - first) / (time.monotonic() - started),
    }


def sustained_rate(bench: Bench, rate: float) -> float:
    """The posts per second that X delivered at that rate; 0 if the collector fell behind."""
    bench.play(rate)
    time.sleep(SETTLE_SECONDS)
    x_before, before, started = bench.sent_by_x(), bench.state(), time.monotonic()
    time.sleep(STEP_SECONDS)
    x_after, after, seconds = bench.sent_by_x(), bench.state(), time.monotonic() - started
    offered, taken = (x_after - x_before) / seconds, (after.delivered - before.delivered) / seconds
    bench.x.play(0)
    is_sustained = after.connects == before.connects and after.waiting < offered and taken >= SUSTAINED_SHARE * offered
    print(f"asked {rate:.0f}/s, X sent {offered:.0f}/s, acknowledged {taken:.0f}/s, waiting {after.waiting}")
    wait_until(lambda: bench.state().waiting == 0, 60)
    return offered if is_sustained else 0.0


@contextmanager
def a_bench() -> Iterator[Bench]:
    """Run a broker, the emulator and a collector in a temporary home."""
    home = Path(tempfile.mkdtemp(prefix="brandpulse-bench-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    overlay = home / "bench.yaml"
    overlay.write_text(
        json.dumps(
            {"home": str(home), "stack_home": str(home / "stack"), "x": {"base_url": f"http://127.0.0.1:{port}"}}
        ),
        "utf-8",
    )
    children: list[subprocess.Popen[bytes]] = []
    try:
        stack.start(home / "stack")
        settings = load_settings(str(overlay))
        create_topics(settings)
        command = [sys.executable, "-m", "stack.x_emulator", "--port", str(port), "--rule-delay-seconds", "0"]
        env = environment(settings) | {"BRANDPULSE_X_BEARER_TOKEN": Credentials().bearer_token}
        children.append(subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.DEVNULL))
        x = EmulatorAdmin(f"http://127.0.0.1:{port}")
        wait_until(lambda: _answers(x), 30)
        _add_rule(settings)
        command = [*job("collect_tweets", overlay), "--source", "stream"]
        children.append(subprocess.Popen(command, cwd=PROJECT, env=env, stderr=subprocess.DEVNULL))
        wait_until(lambda: x.state()["open"] == 1, 30)
        x.play(SAMPLE, int(SAMPLE))
        wait_until(lambda: x.state()["posts"] >= SAMPLE, 30)
        yield Bench(psutil.Process(children[-1].pid), x, Store(settings))
    finally:
        for child in reversed(children):
            child.send_signal(signal.SIGTERM)
            child.wait(15)
        stack.stop(home / "stack")
        shutil.rmtree(home, ignore_errors=True)


def _add_rule(settings: Settings) -> None:
    secrets = settings.secrets.model_copy(update={"x_bearer_token": SecretStr(Credentials().bearer_token)})
    client: tweepy.StreamingClient = open_stream(settings.model_copy(update={"secrets": secrets}))
    client.add_rules(tweepy.StreamRule(value=EVERYTHING, tag="brand:bench:keywords"))


def _answers(x: EmulatorAdmin) -> bool:
    try:
        return "posts" in x.state()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
