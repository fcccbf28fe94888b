"""Kafka must delete records before the deadline, with a margin for its own delays."""

import pytest

from conf.kafka_retention import find_faults, retention_configs
from conf.settings import load_settings
from runtime.errors import UsageError

SETTINGS = load_settings()


def test_our_own_settings_forget_in_time() -> None:
    assert find_faults("t", retention_configs(SETTINGS.kafka), SETTINGS) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"retention.ms": "604800000"}, "t keeps a record up to 169.2 h"),
        ({"retention.ms": "79200000"}, "t keeps a record up to 23.2 h"),
        ({"retention.ms": "-1"}, "t keeps its records permanently"),
        ({"segment.ms": "604800000"}, "t keeps a record up to 184.2 h"),
        ({"cleanup.policy": "compact"}, "t has cleanup.policy compact"),
    ],
)
def test_a_topic_that_remembers_too_long_is_named(change: dict[str, str], fault: str) -> None:
    (found,) = find_faults("t", retention_configs(SETTINGS.kafka) | change, SETTINGS)
    assert found.startswith(fault)


def test_a_deadline_that_leaves_no_time_for_the_files_is_refused() -> None:
    with pytest.raises(UsageError, match=r"setting erase_tweets: vacuum_hours 24 must be less than deadline_hours 24"):
        load_settings(overrides={"erase_tweets": {"vacuum_hours": 24}})
