"""What no form of the pages sends is answered with 400 or 404, never with a traceback."""

from typing import Any

import pytest

from tests.serving.conftest import BRAND, ClientOf
from tests.serving.desk.desk_world import a_ticket
from tests.serving.desk.test_inbox import desk

HUGE = "9" * 30
FIRST_YEAR = "0~0001-01-01T00:00:00+10:00~1"


@pytest.mark.parametrize(
    "cursor", ["x", "²~2026-05-04T12:00:00+00:00~1", f"0~2026-05-04T12:00:00+00:00~{HUGE}", FIRST_YEAR]
)
def test_a_cursor_that_is_none_is_answered_with_400(browser_of: ClientOf, cursor: str) -> None:
    client = browser_of("agent")
    problem = desk("Problem").create(brand=BRAND, title="Gate delays")
    for path in ("inbox", "inbox/queue", f"problems/{problem.pk}"):
        assert client.get(f"/brands/{BRAND}/{path}", {"cursor": cursor}).status_code == 400, path


@pytest.mark.parametrize("number", ["²", HUGE])
@pytest.mark.parametrize("action", ["assign", "problem"])
def test_an_id_that_is_none_is_answered_with_400(browser_of: ClientOf, action: str, number: str) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    path = f"/brands/{BRAND}/tickets/{ticket.pk}"
    assert client.post(path, {"action": action, "value": number}).status_code == 400


@pytest.mark.parametrize("number", ["²", HUGE, "-1"])
def test_a_revision_that_is_none_is_answered_with_400_and_changes_nothing(browser_of: ClientOf, number: str) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    asked: dict[str, Any] = {"action": "state", "value": "solved", "revision": number}
    assert client.post(f"/brands/{BRAND}/tickets/{ticket.pk}", asked).status_code == 400
    assert desk("Ticket").get().state == "new"


def test_selected_tickets_that_are_none_are_not_changed(browser_of: ClientOf) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    asked: dict[str, Any] = {"change": "state:solved", "ticket": ["²", HUGE, str(ticket.pk)]}
    assert "One ticket changed." in client.post(f"/brands/{BRAND}/inbox", asked, follow=True).content.decode()


def test_a_ticket_and_a_problem_with_an_impossible_number_are_not_there(browser_of: ClientOf) -> None:
    client = browser_of("agent")
    assert {client.get(f"/brands/{BRAND}/{kind}/{HUGE}").status_code for kind in ("tickets", "problems")} == {404}
