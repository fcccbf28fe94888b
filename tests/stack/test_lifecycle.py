"""The real broker and the real store: started, used, killed, started again, stopped."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from pymongo import MongoClient

import stack
from conf.settings import Settings, load_settings
from runtime.errors import ServiceUnavailable, UsageError
from stack import broker, processes
from tests.stack.conftest import Documents, marked_processes

TOPIC = "tweets.raw.v1"


def produce(endpoints: stack.Endpoints, value: bytes) -> int:
    """Send one acknowledged record to partition 0 and return its offset."""
    producer = KafkaProducer(bootstrap_servers=endpoints.kafka, acks="all", max_request_size=4 << 20)
    try:
        offset: int = producer.send(TOPIC, value, partition=0).get(30).offset
    finally:
        producer.close()
    return offset


def read_record(endpoints: stack.Endpoints, offset: int) -> bytes:
    consumer = KafkaConsumer(bootstrap_servers=endpoints.kafka, auto_offset_reset="earliest")
    try:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        consumer.seek(partition, offset)
        records = consumer.poll(timeout_ms=30_000, max_records=1)
        value: bytes = records[partition][0].value
    finally:
        consumer.close()
    return value


def test_what_was_acknowledged_survives_a_kill_of_both_on_the_same_ports(
    own_home: Path, own_stack: stack.Endpoints, stack_settings: Settings, kill: Callable[[str], None]
) -> None:
    offset = produce(own_stack, b"kept")
    with MongoClient[Documents](own_stack.mongodb) as client:
        client.db.kept.replace_one({"_id": "a"}, {"_id": "a", "n": 1}, upsert=True)
    kill("kafka")
    kill("mongodb")
    assert [each.answers for each in stack.status(own_home)] == [False, False]
    assert stack.start(own_home, stack_settings) == own_stack
    assert read_record(own_stack, offset) == b"kept"
    with MongoClient[Documents](own_stack.mongodb) as client:
        assert list(client.db.kept.find()) == [{"_id": "a", "n": 1}]


def test_a_half_dead_stack_is_mended_without_touching_the_living_half(
    own_home: Path, own_stack: stack.Endpoints, stack_settings: Settings, kill: Callable[[str], None]
) -> None:
    broker = stack.status(own_home)[0].pid
    kill("mongodb")
    stack.start(own_home, stack_settings)
    kafka, mongodb = stack.status(own_home)
    assert kafka.pid == broker
    assert mongodb.answers


def test_starting_what_runs_changes_nothing_even_from_several_sides_at_once(
    own_home: Path, own_stack: stack.Endpoints, stack_settings: Settings
) -> None:
    before = stack.status(own_home)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: stack.start(own_home, stack_settings), range(3)))
    assert found == [own_stack] * 3
    assert stack.status(own_home) == before


def test_the_topics_exist_with_their_partitions(own_stack: stack.Endpoints) -> None:
    admin = KafkaAdminClient(bootstrap_servers=own_stack.kafka)
    found = {each["name"]: len(each["partitions"]) for each in admin.describe_topics([TOPIC, "compliance.v1"])}
    admin.close()
    assert found == {TOPIC: 4, "compliance.v1": 1}


def test_a_record_of_the_largest_size_passes(own_stack: stack.Endpoints, stack_settings: Settings) -> None:
    value = b"x" * stack_settings.kafka.max_record_bytes
    assert read_record(own_stack, produce(own_stack, value)) == value


def test_settings_find_the_embedded_stack(own_home: Path, own_stack: stack.Endpoints) -> None:
    settings = load_settings(overrides={"stack_home": str(own_home)})
    assert (settings.endpoint("kafka"), settings.endpoint("mongodb")) == (own_stack.kafka, own_stack.mongodb)


def test_both_listen_on_loopback_only(own_home: Path, own_stack: stack.Endpoints) -> None:
    listening = [
        connection.laddr.ip
        for process in marked_processes(own_home)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3  # the broker, its controller, the store
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_stop_leaves_no_process_and_keeps_the_ports(
    own_home: Path, own_stack: stack.Endpoints, stack_settings: Settings
) -> None:
    assert stack.stop(own_home) == ["kafka", "mongodb"]
    assert marked_processes(own_home) == []
    assert stack.stop(own_home) == []
    assert stack.start(own_home, stack_settings) == own_stack


def test_stopping_where_nothing_ever_ran_leaves_no_trace(tmp_path: Path) -> None:
    assert stack.stop(tmp_path / "never") == []
    assert not (tmp_path / "never").exists()


def test_a_process_that_was_given_a_remembered_pid_is_not_touched(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as foreign:
        state = {
            "kafka": {"port": 29092, "pid": foreign.pid, "started_at": 1.0, "bootstrap_servers": "127.0.0.1:29092"}
        }
        (tmp_path / "state.json").write_text(json.dumps(state))
        assert stack.stop(tmp_path) == []
        assert stack.status(tmp_path)[0].pid is None
        assert foreign.poll() is None


def test_a_port_that_another_program_holds_is_named(tmp_path: Path, stack_settings: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} for kafka is in use by another program.*--kafka-port"):
            stack.start(tmp_path, stack_settings, kafka_port=port)
    assert marked_processes(tmp_path) == []


def test_a_service_that_cannot_start_shows_the_last_lines_of_its_log(
    tmp_path: Path, stack_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kafka", "mongo"):
        (tmp_path / "jars" / name).mkdir(parents=True)
        (tmp_path / "jars" / name / "empty.jar").write_bytes(b"")
    (tmp_path / "home" / "kafka").mkdir(parents=True)  # as if it were formatted
    broken = stack_settings.model_copy(update={"jars": tmp_path / "jars"})
    with pytest.raises(
        ServiceUnavailable, match=r"kafka ended while starting; the last lines of .*kafka\.log"
    ) as raised:
        stack.start(tmp_path / "home", broken)
    assert "kafka.Kafka" in str(raised.value)
    stack.stop(tmp_path / "home")


def test_a_broker_folder_that_cannot_be_formatted_is_left_new(tmp_path: Path, stack_settings: Settings) -> None:
    (tmp_path / "jars" / "kafka").mkdir(parents=True)
    (tmp_path / "jars" / "kafka" / "empty.jar").write_bytes(b"")
    broken = stack_settings.model_copy(update={"jars": tmp_path / "jars"})
    with pytest.raises(ServiceUnavailable, match="cannot be formatted"):
        stack.start(tmp_path / "home", broken)
    assert not (tmp_path / "home" / "kafka").exists()


def test_a_port_taken_between_the_look_and_the_use_costs_a_second_try(
    tmp_path: Path, stack_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_port = processes.free_port
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1]])
        monkeypatch.setattr(broker, "free_port", lambda: next(ports, None) or find_port())
        try:
            assert stack.start(tmp_path, stack_settings).kafka
            assert next(ports, None) is None
        finally:
            stack.stop(tmp_path)
