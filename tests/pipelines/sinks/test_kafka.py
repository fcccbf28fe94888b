"""The producer against a real broker: what arrives, what is rejected, and an unavailable broker."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

import stack
from conf.settings import Settings, load_settings
from pipelines.sinks import kafka
from pipelines.sinks.kafka import publish_records
from pipelines.sinks.kafka_clients import Message, create_topics
from runtime.errors import BadInput, ServiceUnavailable
from stack.processes import free_port
from tests.collecting import everything_in, kill_broker


def a_message(settings: Settings, number: int, size: int = 20) -> Message:
    return Message(settings.kafka.tweets_topic, b"k%d" % number, b"%d " % number + b"x" * size, [("n", b"%d" % number)])


@pytest.fixture
def topics(settings: Settings) -> Settings:
    """Settings whose topics are there."""
    create_topics(settings)
    return settings


def numbers(settings: Settings) -> list[int]:
    return sorted(int(each.value.split()[0]) for each in received(settings))


def received(settings: Settings) -> list[Any]:
    return everything_in(settings.endpoint("kafka"), settings.kafka.tweets_topic)


def test_key_value_and_headers_arrive_and_every_acknowledgement_is_told(topics: Settings) -> None:
    acknowledged: list[int] = []
    sent = publish_records(topics, (a_message(topics, number) for number in range(100)), lambda: acknowledged.append(1))
    assert (sent, len(acknowledged)) == (100, 100)
    assert sorted((each.key, each.value, list(each.headers)) for each in received(topics)) == sorted(
        (message.key, message.value, message.headers) for message in sent_before(topics, 100)
    )


def sent_before(settings: Settings, count: int) -> list[Message]:
    return [a_message(settings, number) for number in range(count)]


def test_topics_are_made_once_with_room_for_the_longest_record(topics: Settings) -> None:
    create_topics(topics)
    admin = KafkaAdminClient(bootstrap_servers=topics.endpoint("kafka"))
    described = {one["name"]: len(one["partitions"]) for one in admin.describe_topics([topics.kafka.tweets_topic])}
    admin.close()
    assert described == {topics.kafka.tweets_topic: topics.kafka.partitions}
    longest = a_message(topics, 1, topics.kafka.max_record_bytes - 2)
    assert publish_records(topics, [longest]) == 1


def test_no_more_bytes_are_under_way_than_allowed(topics: Settings) -> None:
    limited = topics.model_copy(update={"kafka": topics.kafka.model_copy(update={"max_in_flight_bytes": 50_000})})
    under_way, most = 0, 0

    def watched() -> Iterator[Message]:
        nonlocal under_way, most
        for number in range(300):
            under_way += 1
            most = max(most, under_way)
            yield a_message(limited, number, 5000)

    def acknowledged() -> None:
        nonlocal under_way
        under_way -= 1

    assert publish_records(limited, watched(), acknowledged) == 300
    assert most <= 10
    assert under_way == 0


def test_a_record_that_the_broker_refuses_stops_with_its_size(topics: Settings) -> None:
    too_long = a_message(topics, 1, topics.kafka.max_record_bytes + 200_000)
    with pytest.raises(ServiceUnavailable, match=r"rejects a record of 3,3\d\d,\d\d\d bytes: raise"):
        publish_records(topics, [a_message(topics, 0), too_long])


def test_what_stands_before_bad_input_is_safe(topics: Settings) -> None:
    def messages() -> Iterator[Message]:
        yield from sent_before(topics, 20)
        raise BadInput("the rest is damaged")

    acknowledged: list[int] = []
    with pytest.raises(BadInput, match="the rest is damaged"):
        publish_records(topics, messages(), lambda: acknowledged.append(1))
    assert len(acknowledged) == 20
    assert numbers(topics) == list(range(20))


def test_an_absent_broker_is_one_sentence() -> None:
    nowhere = {"bootstrap_servers": f"127.0.0.1:{free_port()}", "timeout_seconds": 1}
    settings = load_settings(overrides={"kafka": nowhere})
    with pytest.raises(ServiceUnavailable, match=r"Kafka at 127\.0\.0\.1:\d+ does not answer: is it up"):
        publish_records(settings, [a_message(settings, 1)])


def test_a_missing_password_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRANDPULSE_KAFKA_PASSWORD", raising=False)
    secured = {"security_protocol": "SASL_SSL", "sasl_username": "writer", "bootstrap_servers": "127.0.0.1:1"}
    settings = load_settings(overrides={"kafka": secured})
    with pytest.raises(Exception, match="BRANDPULSE_KAFKA_PASSWORD"):
        create_topics(settings)


def test_a_broker_killed_in_the_middle_and_brought_back_loses_nothing(
    mortal: Settings, own_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "brandpulse")
    acknowledged: list[int] = []

    def messages() -> Iterator[Message]:
        for number in range(3000):
            if number == 1500:
                kill_broker(own_home)
            if number == 2500:
                stack.start(own_home, load_settings())
            yield a_message(mortal, number, 200)

    assert publish_records(mortal, messages(), lambda: acknowledged.append(1)) == 3000
    assert len(acknowledged) == 3000
    assert set(numbers(mortal)) == set(range(3000))


def test_a_broker_that_stays_away_ends_with_code_5_after_one_line(
    mortal: Settings, own_home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_SILENCE_SECONDS", 1.0)
    hasty = {"timeout_seconds": 1, "retry_timeout_seconds": 3}
    settings = mortal.model_copy(update={"kafka": mortal.kafka.model_copy(update=hasty)})

    def messages() -> Iterator[Message]:
        yield from sent_before(settings, 10)
        kill_broker(own_home)
        yield from sent_before(settings, 10)

    with pytest.raises(ServiceUnavailable, match=r"has not answered for \d+ s"):
        publish_records(settings, messages())
    assert sum("records wait for it" in record.getMessage() for record in caplog.records) == 1


@pytest.fixture
def mortal(own_home: Path, settings: Settings) -> Settings:
    """Settings of a broker that a test may kill."""
    endpoints = stack.start(own_home, load_settings())
    mortal = settings.model_copy(
        update={"kafka": settings.kafka.model_copy(update={"bootstrap_servers": endpoints.kafka})}
    )
    create_topics(mortal)
    return mortal


def test_acknowledgements_are_told_while_nothing_more_comes(topics: Settings) -> None:
    acknowledged: list[int] = []

    def messages() -> Iterator[Message | None]:
        yield from sent_before(topics, 10)
        while len(acknowledged) < 10:
            yield None
        yield from sent_before(topics, 1)

    assert publish_records(topics, messages(), lambda: acknowledged.append(1)) == 11
