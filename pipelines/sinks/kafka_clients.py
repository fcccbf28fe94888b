"""Kafka clients connected by the settings; each failure becomes one sentence."""

import logging
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaProducer
from kafka import errors as kafka_errors

from conf.kafka_retention import retention_configs
from conf.settings import Settings
from runtime.errors import ServiceUnavailable

HEADROOM_BYTES = 64 * 1024
"""Space for key, headers and framing in addition to a record's value."""
# The broker no longer knows the idempotent producer's session: a new one sends again what was not acknowledged.
_SESSION_LOST = (
    kafka_errors.OutOfOrderSequenceNumberError,
    kafka_errors.UnknownProducerIdError,
    kafka_errors.InvalidProducerEpochError,
    kafka_errors.InvalidProducerIdMappingError,
    kafka_errors.ProducerFencedError,
    kafka_errors.IllegalStateError,
)
_REJECTIONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError),
        "rejects a record of {size:,} bytes: raise the topic's max.message.bytes, or lower kafka.max_record_bytes",
    ),
    (
        (kafka_errors.AuthorizationError,),
        "does not let this user write to {topic}: grant it, or set another kafka.sasl_username",
    ),
    (
        (kafka_errors.SaslAuthenticationFailedError, kafka_errors.UnsupportedSaslMechanismError),
        "rejects the login: check kafka.sasl_mechanism, kafka.sasl_username and BRANDPULSE_KAFKA_PASSWORD",
    ),
    ((kafka_errors.InvalidTopicError,), "rejects {topic!r} as a topic name"),
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
    """Connect an idempotent producer (acks=all); ServiceUnavailable when the broker is unavailable."""
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
    # The caller closes the producer; at process exit it would wait once more and print a traceback.
    producer._unregister_cleanup()
    return producer


def open_admin(settings: Settings) -> KafkaAdminClient:
    """Connect an admin client; ServiceUnavailable when the broker is unavailable."""
    try:
        return KafkaAdminClient(**connection(settings))
    except kafka_errors.KafkaError as error:
        raise unavailable(settings, error) from error


def create_topics(settings: Settings) -> None:
    """Create the tweets and compliance topics if missing; an existing topic stays as it is."""
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
    """The connection settings of producer and admin client.

    Switches kafka-python's logging off: every failure raises, and its log lines would repeat it for each attempt.
    """
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


def is_recoverable(error: BaseException | None) -> bool:
    """True for a failure that a retry or a new session may recover from."""
    return bool(getattr(error, "retriable", False)) or isinstance(error, _SESSION_LOST)


def unavailable(settings: Settings, error: BaseException | None, message: Message | None = None) -> ServiceUnavailable:
    """The error for a failure, in one sentence: which broker, what failed, how to repair it."""
    place = f"Kafka at {settings.endpoint('kafka')}"
    for kinds, sentence in _REJECTIONS:
        if isinstance(error, kinds):
            size, topic = (message.size, message.topic) if message else (0, settings.kafka.tweets_topic)
            return ServiceUnavailable(f"{place} {sentence.format(size=size, topic=topic)}")
    if getattr(error, "retriable", False):
        return ServiceUnavailable(f"{place} does not answer: is it up, and is kafka.bootstrap_servers right?")
    return ServiceUnavailable(f"{place} rejected the request: {type(error).__name__}")


def close_producer(producer: KafkaProducer) -> None:
    """Close in bounded time; undelivered data is abandoned (its futures fail)."""
    try:
        producer.close(timeout=2)
    except kafka_errors.KafkaTimeoutError:
        # close() returns before it stops the sender thread, which would still deliver.
        producer._sender.force_close()
        producer.close(timeout=10)
