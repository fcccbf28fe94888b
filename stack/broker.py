"""The embedded broker: Kafka in KRaft mode, one node as broker and controller, on loopback only."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from conf.kafka_retention import retention_configs
from conf.settings import Settings
from runtime.errors import ServiceUnavailable
from stack.processes import LOOPBACK, free_port, java, listens

NAME = "kafka"
BATCH_HEADROOM_BYTES = 1 << 20
"""Space for a record's key, headers and batch in addition to `kafka.max_record_bytes`."""
QUICK_START = "-XX:TieredStopAtLevel=1"
"""Only the first compiler: start-up takes 40 % less CPU (2.9 s instead of 4.8 s), and the broker only moves bytes."""

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dir={folder}
message.max.bytes={message_bytes}
replica.fetch.max.bytes={message_bytes}
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=5000
auto.create.topics.enable=false
log.retention.check.interval.ms=10000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


def address(port: int) -> dict[str, str]:
    return {"bootstrap_servers": f"{LOOPBACK}:{port}"}


def data_folder(home: Path) -> Path:
    return home / NAME


def command(home: Path, settings: Settings, port: int, mark: str) -> list[str]:
    """Write the broker's properties, format its folder if it is new, and return the command that starts it."""
    jvm = [*java(settings.jars / NAME), QUICK_START]
    folder = data_folder(home)
    if not folder.exists():
        _format(jvm, folder, home / "kafka-new", _properties(settings, home / "kafka-new", port))
    properties = home / "kafka.properties"
    properties.write_text(_properties(settings, folder, port), "utf-8")
    return [*jvm, "-Xms256m", "-Xmx1g", mark, "kafka.Kafka", str(properties)]


def answers(port: int) -> bool:
    """True if a client gets the metadata of the topics."""
    return _topics(port) is not None


def is_ready(settings: Settings, port: int) -> bool:
    """True when the broker answers and has the topics; creates missing ones and sets the retention of all."""
    topics = _topics(port)
    if topics is None:
        return False
    names = (settings.kafka.tweets_topic, settings.kafka.compliance_topic)
    partitions = dict(zip(names, (settings.kafka.partitions, 1), strict=True))
    missing = {
        name: {
            "num_partitions": partitions[name],
            "replication_factor": 1,
            "configs": {"max.message.bytes": str(_message_bytes(settings))} | retention_configs(settings.kafka),
        }
        for name in names
        if name not in topics
    }
    return (not missing or _create(port, missing)) and _set_retention(settings, port, names)


def _topics(port: int) -> list[str] | None:
    if not listens(port):
        return None
    try:
        with _Admin(port) as admin:
            return list(admin.list_topics())
    except KafkaError:
        return None


def _create(port: int, topics: dict[str, dict[str, object]]) -> bool:
    try:
        with _Admin(port) as admin:
            admin.create_topics(topics, wait_for_metadata=True)
    except KafkaError:  # until a controller is elected; the caller tries again until its deadline
        return False
    return True


def _set_retention(settings: Settings, port: int, topics: Sequence[str]) -> bool:
    """Set the configured retention, also on topics that an older version created."""
    configs = retention_configs(settings.kafka)
    try:
        with _Admin(port) as admin:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs) for topic in topics])
    except KafkaError:
        return False
    return True


class _Admin:
    """An admin client as a context manager."""

    def __init__(self, port: int) -> None:
        self.client = KafkaAdminClient(
            bootstrap_servers=f"{LOOPBACK}:{port}", bootstrap_timeout_ms=5_000, request_timeout_ms=10_000
        )

    def __enter__(self) -> KafkaAdminClient:
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()


def _message_bytes(settings: Settings) -> int:
    return settings.kafka.max_record_bytes + BATCH_HEADROOM_BYTES


def _properties(settings: Settings, folder: Path, port: int) -> str:
    values = {"port": port, "controller_port": free_port(), "message_bytes": _message_bytes(settings)}
    return PROPERTIES.format(host=LOOPBACK, folder=folder, **values)


def _format(jvm: list[str], folder: Path, scratch: Path, properties: str) -> None:
    """Format a scratch folder, then rename it: an interrupted format leaves no folder that looks complete."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    file = scratch.with_suffix(".properties")
    file.write_text(properties, "utf-8")
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
    arguments = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(file)]
    result = subprocess.run(
        [*jvm, *arguments], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    file.unlink()
    if result.returncode != 0:
        raise ServiceUnavailable(f"the broker's folder {folder} cannot be formatted:\n  {result.stderr.strip()[-500:]}")
    scratch.rename(folder)
