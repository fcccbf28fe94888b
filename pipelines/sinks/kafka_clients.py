"""Clients of Kafka: connected as the settings say, and what went wrong in one sentence."""

import logging
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaProducer
from kafka import errors as kafka_errors

from conf.kafka_retention import retention_configs
from conf.settings import Settings
from runtime.errors import ServiceUnavailable

HEADROOM_BYTES = 64 * 1024
"""Room for key, headers and framing beside a record's value."""
# A session of the idempotent producer that the broker no longer knows: a new one sends again what was not acknowledged.
_SESSION_LOST = (
    kafka_errors.OutOfOrderSequenceNumberError,
    kafka_errors.UnknownProducerIdError,
    kafka_errors.InvalidProducerEpochError,
    kafka_errors.InvalidProducerIdMappingError,
    kafka_errors.ProducerFencedError,
    kafka_errors.IllegalStateError,
)
_REFUSALS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError),
        "refuses a record of {size:,} bytes: raise the topic's max.message.bytes, or lower kafka.max_record_bytes",
    ),
    (
        (kafka_errors.AuthorizationError,),
        "does not let this user write to {topic}: grant it, or set another kafka.sasl_username",
    ),
    (
        (kafka_errors.SaslAuthenticationFailedError, kafka_errors.UnsupportedSaslMechanismError),
        "does not accept the log-in: check kafka.sasl_mechanism, kafka.sasl_username and BRANDPULSE_KAFKA_PASSWORD",
    ),
    ((kafka_errors.InvalidTopicError,), "does not take {topic!r} as the name of a topic"),
)


class Message(NamedTuple):
    """One record to write; headers as kafka-python takes them."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        return len(self.key) + len(self.value) + sum(len(name) + len(value) for name, value in self.headers) + 100


def open_producer(settings: Settings) -> KafkaProducer:
    """Connect an idempotent producer (acks=all); ServiceUnavailable in one sentence when the broker is not there."""
    timeout_ms = settings.kafka.timeout_seconds * 1000
    try:
        producer = KafkaProducer(
            **connection(settings),
            enable_idempotence=True,
            acks="all",
            linger_ms=20,
            batch_size=256 * 1024,
            max_request_size=settings.kafka.max_record_bytes + HEADROOM_BYTES,
            max_block_ms=timeout_ms,
            delivery_timeout_ms=timeout_ms,
        )
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error
    # Whoever opens a producer closes it; at the exit of a process it would wait again, and print a traceback.
    producer._unregister_cleanup()
    return producer


def open_admin(settings: Settings) -> KafkaAdminClient:
    """Connect a client that asks about topics; ServiceUnavailable in one sentence when the broker is not there."""
    try:
        return KafkaAdminClient(**connection(settings))
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error


def create_topics(settings: Settings) -> None:
    """Make the tweets and compliance topics where they are missing; an existing topic is left as it is."""
    admin = open_admin(settings)
    names = [settings.kafka.tweets_topic, settings.kafka.compliance_topic]
    limit = str(settings.kafka.max_record_bytes + HEADROOM_BYTES)
    try:
        missing = sorted(set(names) - set(admin.list_topics()))
        partitions = dict(zip(names, (settings.kafka.partitions, 1), strict=True))
        configs = {"max.message.bytes": limit} | retention_configs(settings.kafka)
        if missing:
            wanted = {name: {"num_partitions": partitions[name], "configs": configs} for name in missing}
            admin.create_topics(wanted, raise_errors=False)
        admin.wait_for_topics(names, timeout_ms=settings.kafka.timeout_seconds * 1000)
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error, Message(", ".join(names), b"", b"", [])) from error
    finally:
        admin.close()


def connection(settings: Settings) -> dict[str, Any]:
    """The connection's settings, the same for producer and admin. kafka-python's own log lines are switched off:
    every failure comes back to us, and they would repeat it for each attempt."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    kafka = settings.kafka
    timeout_ms = kafka.timeout_seconds * 1000
    options: dict[str, Any] = {
        "bootstrap_servers": settings.endpoint("kafka").split(","),
        "client_id": "brandpulse",
        "security_protocol": kafka.security_protocol,
        "bootstrap_timeout_ms": timeout_ms,
        "request_timeout_ms": timeout_ms // 2,
        "reconnect_backoff_max_ms": 2000,
    }
    if kafka.ssl_cafile:
        options["ssl_cafile"] = kafka.ssl_cafile
    if kafka.security_protocol.startswith("SASL_"):
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = settings.secrets.required("kafka_password")
    return options


def can_mend(error: BaseException | None) -> bool:
    """True for a failure that a new attempt, or a new session, may get over."""
    return bool(getattr(error, "retriable", False)) or isinstance(error, _SESSION_LOST)


def unavailable(settings: Settings, error: BaseException | None, message: Message | None = None) -> ServiceUnavailable:
    """The sentence for a failure: who, what, and what would mend it."""
    place = f"Kafka at {settings.endpoint('kafka')}"
    for kinds, sentence in _REFUSALS:
        if isinstance(error, kinds):
            size, topic = (message.size, message.topic) if message else (0, settings.kafka.tweets_topic)
            return ServiceUnavailable(f"{place} {sentence.format(size=size, topic=topic)}")
    if getattr(error, "retriable", False):
        return ServiceUnavailable(f"{place} does not answer: is it up, and is kafka.bootstrap_servers right?")
    return ServiceUnavailable(f"{place} refused us: {type(error).__name__}")


def close_producer(producer: KafkaProducer) -> None:
    """Close in bounded time; data that are not delivered by then are given up (their futures fail)."""
    try:
        producer.close(timeout=2)
    except kafka_errors.KafkaTimeoutError:
        # close() gives up before it stops the sender thread, which would then deliver behind our back.
        producer._sender.force_close()
        producer.close(timeout=10)
