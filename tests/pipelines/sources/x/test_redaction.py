"""No secret in a log, at any level, whoever writes it."""

import logging
from collections.abc import Iterator

import pytest

from pipelines.sources.x.redaction import hide_secrets

TOKEN = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI"


@pytest.fixture(autouse=True)
def hidden() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    hide_secrets([TOKEN, "hush7", ""])
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.ERROR])
def test_a_secret_is_hidden_in_text_and_arguments(level: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("some.library").log(level, "sent %s with %d%%: hush7", {"Authorization": TOKEN}, 5)
    assert caplog.messages == ["sent {'Authorization': '[hidden]'} with 5%: [hidden]"]


def test_a_signed_header_is_hidden_though_nobody_named_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("other").warning('Bearer abcdefghijklmnopqrstu oauth_signature="abcdefghijklmnopqrst%3D"')
    assert caplog.messages == ['Bearer [hidden] oauth_signature="[hidden]"']


def test_a_traceback_is_cleared(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(f"header {TOKEN}")
    except ValueError:
        logging.getLogger("any").exception("failed")
    assert TOKEN not in caplog.text
    assert "ValueError: header [hidden]" in caplog.text


def test_what_holds_no_secret_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("any").warning("landed %d tweets", 7)
    assert caplog.records[0].args == (7,)
    assert caplog.messages == ["landed 7 tweets"]


def test_arguments_that_do_not_fit_give_nothing_away(caplog: pytest.LogCaptureFixture) -> None:
    text = "two %s %s"
    logging.getLogger("any").warning(text, TOKEN)
    assert TOKEN not in caplog.text


def test_tweepys_debug_lines_are_dropped_because_they_hold_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tweepy.client")
    logging.getLogger("tweepy.client").debug("Content: a tweet")
    logging.getLogger("tweepy.client").warning("Unexpected parameter: x")
    assert caplog.messages == ["Unexpected parameter: x"]


def test_hiding_twice_hides_the_secrets_of_both() -> None:
    first = logging.getLogRecordFactory()
    hide_secrets(["a-second-token"])
    assert logging.getLogRecordFactory() is first
    record = logging.getLogRecordFactory()("n", logging.INFO, "p", 1, "a-second-token hush7", (), None)
    assert record.getMessage() == "[hidden] [hidden]"


def test_a_secret_that_begins_with_another_is_hidden_whole() -> None:
    hide_secrets(["a-third-token", "a-third-token-and-longer"])
    record = logging.getLogRecordFactory()(
        "n", logging.INFO, "p", 1, "a-third-token-and-longer a-third-token", (), None
    )
    assert record.getMessage() == "[hidden] [hidden]"
