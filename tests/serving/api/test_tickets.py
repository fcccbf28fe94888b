"""/tickets, /problems and /desk-report: read and changed by those who work on the brand's tickets."""

from typing import Any

from django.test import Client

from tests.serving.conftest import BRAND, OTHER, ClientOf, rows
from tests.serving.desk.desk_world import a_ticket, fill
from tests.serving.desk.test_inbox import desk

TICKETS = f"/api/v1/brands/{BRAND}/tickets"


def change(client: Client, ticket: Any, status: int = 200, **fields: Any) -> Any:
    response = client.post(f"{TICKETS}/{ticket.pk}/changes", fields, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def test_tickets_are_read_page_by_page_in_the_order_of_the_queue(client_of: ClientOf) -> None:
    made = [a_ticket(number, due=10 * number) for number in (1, 2, 3)]
    a_ticket(4, brand=OTHER)
    client, path, seen = client_of("agent"), f"{TICKETS}?limit=2", list[int]()
    while path:
        answer = client.get(path).json()
        seen += [row["id"] for row in answer["data"]]
        path = answer["next"]
    assert seen == [each.pk for each in made]
    assert client.get(f"{TICKETS}?state=solved").json()["data"] == []
    assert client.get(f"{TICKETS}?cursor=1~2026-13-01T00:00:00~1").status_code == 404
    assert client.get(f"{TICKETS}?state=broken").status_code == 400


def test_a_ticket_has_its_masked_conversation_and_no_key(client_of: ClientOf) -> None:
    ticket, client = a_ticket(1, text="masked [account]"), client_of("agent")
    answer = client.get(f"{TICKETS}/{ticket.pk}").json()
    assert [each["text"] for each in answer["tweets"]] == ["masked [account]"]
    assert [each["kind"] for each in answer["events"]] == ["opened", "routed"]
    assert ticket.ticket_key not in str(answer)
    assert ticket.comments.get().author_key not in str(answer)
    assert client.get(f"{TICKETS}/{ticket.pk + 1}").status_code == 404


def test_a_token_changes_a_ticket_in_the_name_of_its_user(client_of: ClientOf) -> None:
    ticket, client = a_ticket(1), client_of("agent")
    answer = change(client, ticket, action="assign", value="me", revision=0)
    assert (answer["done"], answer["ticket"]["assignee"]) == ("Assigned to agent0.", "agent0")
    assert desk("Event").get(kind="assigned").actor == rows("User").get()
    assert change(client, ticket, 409, action="state", value="solved", revision=0)["status"] == 409
    wrong = change(client, ticket, 400, action="state", value="flying")
    assert wrong["errors"] == [{"field": "value", "detail": "flying is not one of new, open, pending, solved, closed"}]
    assert change(client, ticket, action="state", value="solved")["ticket"]["state"] == "solved"


def test_a_token_without_the_scope_only_reads(client_of: ClientOf) -> None:
    from serving.accounts.roles import Scope

    ticket, client = a_ticket(1), client_of("agent", scopes=[Scope.TICKETS_READ])
    assert client.get(f"{TICKETS}/{ticket.pk}").status_code == 200
    assert change(client, ticket, 403, action="assign", value="me")["status"] == 403
    assert client.get(f"{TICKETS}/{ticket.pk}/details").status_code == 403


def test_a_read_of_details_is_recorded_with_its_purpose(client_of: ClientOf) -> None:
    ticket, client = a_ticket(1), client_of("approver")
    answer = client.get(f"{TICKETS}/{ticket.pk}/details", headers={"X-Purpose": "to call back"})
    assert answer.json() == {"data": []}
    entry = rows("AuditEntry").get(action="ticket-details.read")
    assert (entry.subject, entry.purpose, entry.token) == (f"ticket {ticket.pk}", "to call back", "a test")


def test_problems_and_the_report_are_what_the_pages_show(client_of: ClientOf) -> None:
    fill()
    client = client_of("agent")
    problems = client.get(f"/api/v1/brands/{BRAND}/problems").json()["data"]
    assert [(each["title"], each["ticket_count"], each["active_count"]) for each in problems] == [("Gate delays", 8, 2)]
    report = client.get(f"/api/v1/brands/{BRAND}/desk-report?days=28").json()
    assert (report["total"]["ticket_count"], len(report["days"])) == (68, 28)
    assert report["corrections"]["fields"] == [{"name": "category", "count": 1}, {"name": "priority", "count": 1}]
