"""A ticket's page: what was written, what happened, and the changes that an agent makes."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from django.conf import settings as django_settings
from django.test import Client, override_settings
from django.utils import timezone

from tests.serving.conftest import BRAND, OTHER, ClientOf, rows
from tests.serving.desk.desk_world import a_ticket, add_event, add_tweet
from tests.serving.desk.test_inbox import desk


def path_of(ticket: Any, query: str = "") -> str:
    return f"/brands/{ticket.brand}/tickets/{ticket.pk}{query}"


def page_of(client: Client, ticket: Any, query: str = "") -> str:
    response = client.get(path_of(ticket, query))
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def change(client: Client, ticket: Any, status: int = 200, query: str = "", **fields: Any) -> str:
    response = client.post(path_of(ticket, query), fields, follow=True)
    assert response.status_code == status, response.content[-500:]
    text: str = response.content.decode()
    return text


def test_the_conversation_is_shown_in_its_order_with_its_original(browser_of: ClientOf) -> None:
    ticket, now = a_ticket(1, text="First words. And more."), timezone.now()
    add_tweet(ticket, "Our answer", now, "brand_reply")
    text = page_of(browser_of("agent"), ticket)
    assert "<h1>First words</h1>" in text
    tweets = text.split('<ol class="tweets"')[1].split("</ol>")[0]
    assert tweets.index("First words. And more.") < tweets.index("Our answer")
    assert tweets.index("opened the ticket") < tweets.index("Skyvarn")
    assert tweets.count("https://x.com/i/status/") == 2
    history = text.split('<ol class="history">')[1]
    assert history.index("opened") < history.index("sent to customer care")


def test_only_the_author_is_called_the_author(browser_of: ClientOf) -> None:
    ticket, now = a_ticket(1, text="First words."), timezone.now()
    add_tweet(ticket, "The same here", now, "comment", author_key="f" * 64)
    add_tweet(ticket, "And again", now, "comment")
    for role in ("comment", "brand_reply", "original"):
        add_event(ticket, "commented", now, to_value=role)
    text = page_of(browser_of("agent"), ticket)
    tweets = text.split('<ol class="tweets"')[1].split("</ol>")[0]
    names = [part.split(" · ")[0] for part in tweets.split('<div class="by">')[1:]]
    assert names == ["Author", "Somebody else", "Author"]
    history = text.split('<ol class="history">')[1]
    for said in ("somebody wrote again", "the brand wrote", "the tweet that it answers"):
        assert history.count(said) == 1


def test_the_queue_beside_a_ticket_keeps_its_mark(browser_of: ClientOf) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    a_ticket(2)
    poll = page_of(client, ticket).split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    queue = client.get(poll.replace("seen=", "seen=x")).content.decode()
    assert queue.count('aria-current="true"') == 1
    assert f'href="{path_of(ticket)}" aria-current' in queue


@pytest.mark.parametrize(
    ("fields", "said", "expected"),
    [
        ({"action": "state", "value": "solved"}, "The ticket is solved now.", {"state": "solved"}),
        ({"action": "state", "value": "pending"}, "The ticket is pending now.", {"state": "pending"}),
        ({"action": "note", "value": "a note"}, "The note is added.", {}),
        ({"action": "team", "value": "customer care"}, "Sent to customer care.", {"team": "customer care"}),
        (
            {"action": "correct", "category": "billing", "priority": "P1", "complaint": "yes"},
            "The category is billing now. The priority is P1 now.",
            {"category": "billing", "priority": "P1", "is_complaint": True},
        ),
        (
            {"action": "correct", "category": "disruption", "priority": "P3", "complaint": "no"},
            "It is no complaint, and solved.",
            {"is_complaint": False, "state": "solved"},
        ),
        ({"action": "new-problem", "value": "Broken lounge"}, "is opened.", {"problem__title": "Broken lounge"}),
        ({"action": "correct", "category": "disruption", "priority": "P3", "complaint": "yes"}, "Nothing was", {}),
    ],
)
def test_an_agent_changes_a_ticket(
    browser_of: ClientOf, fields: dict[str, Any], said: str, expected: dict[str, Any]
) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    assert said in change(client, ticket, revision=0, **fields)
    assert desk("Ticket").filter(pk=ticket.pk, **expected).count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "state", "value": "closed"},
        {"action": "state", "value": "broken"},
        {"action": "fly", "value": ""},
        {"action": "note", "value": "  "},
        {"action": "assign", "value": "999"},
        {"action": "problem", "value": "999"},
        {"action": "new-problem", "value": ""},
        {"action": "correct", "category": "no such", "priority": "P1", "complaint": "yes"},
    ],
)
def test_a_change_that_makes_no_sense_is_said_and_changes_nothing(browser_of: ClientOf, fields: dict[str, Any]) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    assert 'role="alert"' in change(client, ticket, 400, **fields)
    found = desk("Ticket").get()
    assert (found.state, found.priority, found.category, found.revision) == ("new", "P3", "disruption", 0)


def test_a_ticket_is_assigned_to_those_who_work_on_the_brand(browser_of: ClientOf) -> None:
    ticket, client = a_ticket(1), browser_of("agent")
    me = rows("User").get()
    browser_of("agent", OTHER)
    browser_of("viewer")
    browser_of("approver", "*")
    offered = page_of(client, ticket).split("assign-title")[2].split("</select>")[0]
    names = [part.split("<")[0].split(">")[1] for part in offered.split("<option")[2:]]
    assert names == ["agent0", "approver3"]
    assert "Assigned to agent0." in change(client, ticket, action="assign", value="me", revision=0)
    assert desk("Ticket").get().assignee == me
    assert "Nobody has the ticket now." in change(client, ticket, action="assign", value="")


def test_two_agents_notice_each_other(browser_of: ClientOf) -> None:
    ticket, one, other = a_ticket(1), browser_of("agent"), browser_of("agent")
    change(one, ticket, action="assign", value="me", revision=0)
    text = change(other, ticket, 409, action="state", value="solved", revision=0)
    assert f"Somebody else changed ticket {ticket.pk} meanwhile" in text
    assert desk("Ticket").get().state == "open"


def test_the_queue_leads_on_from_the_ticket(browser_of: ClientOf) -> None:
    first, second, third = (a_ticket(number, due=number * 10) for number in (1, 2, 3))
    client = browser_of("agent")
    text = page_of(client, second, "?team=customer+care")
    links = text.split('aria-label="Tickets of the queue"')[1].split("</nav>")[0]
    assert links.index(path_of(first)) < links.index(path_of(third))
    assert f"{path_of(third)}?team=customer+care" in links
    assert client.get(f"/brands/{BRAND}/inbox/next")["Location"] == path_of(first)
    desk("Ticket").all().delete()
    assert client.get(f"/brands/{BRAND}/inbox/next")["Location"] == f"/brands/{BRAND}/inbox"


def test_a_ticket_of_another_brand_is_not_there(browser_of: ClientOf) -> None:
    theirs = a_ticket(1, brand=OTHER)
    assert browser_of("agent").get(f"/brands/{BRAND}/tickets/{theirs.pk}").status_code == 404
    assert browser_of("agent").get(path_of(theirs)).status_code == 403


@pytest.fixture
def lake(database: None, tmp_path: Any) -> Any:
    """A lake of the test's own, with what the recognisers found."""
    known = django_settings.BRANDPULSE
    settings = known.model_copy(update={"lake": known.lake.model_copy(update={"path": str(tmp_path)})})
    with override_settings(BRANDPULSE=settings):
        yield tmp_path


def write_details(folder: Any, comment: Any, day: Any) -> None:
    details = [{"kind": "booking", "text": "QX7PLM"}]
    row = {
        "tweet_id": [comment.tweet_id],
        "created_on": [day],
        "details": [details],
        "extracted_at": [datetime.now(UTC)],
    }
    write_deltalake(str(folder / "restricted" / "ticket_details"), pa.table(row))
    entities = [{"type": "LOC", "text": "Lisbon", "begin": 0, "end": 6, "score": 0.9}]
    row = {"tweet_id": [comment.tweet_id], "created_on": [day], "entities": [entities]}
    write_deltalake(str(folder / "silver" / "tweet_entities"), pa.table(row))


def test_what_masking_hid_is_shown_on_request_and_each_read_is_recorded(browser_of: ClientOf, lake: Any) -> None:
    ticket, client = a_ticket(1, text="My bag is in Lisbon"), browser_of("agent")
    write_details(lake, ticket.comments.get(), ticket.opened_at.date())
    first = page_of(client, ticket)
    assert ("QX7PLM" in first, "<mark>Lisbon</mark>" in first) == (False, True)
    assert not rows("AuditEntry").filter(action="ticket-details.read").exists()
    assert "QX7PLM" in page_of(client, ticket, "?details=show")
    assert "QX7PLM" not in change(client, ticket, query="?details=show", action="note", value="called"), "a read less"
    entry = rows("AuditEntry").get(action="ticket-details.read")
    assert (entry.brand, entry.subject, entry.actor) == (BRAND, f"ticket {ticket.pk}", "agent0")


def test_without_the_lake_a_ticket_is_shown_without_its_details(browser_of: ClientOf, lake: Any) -> None:
    assert "Nothing was masked." in page_of(browser_of("agent"), a_ticket(1), "?details=show")


def test_an_erased_tweet_is_said_to_be_erased(browser_of: ClientOf) -> None:
    ticket = a_ticket(1, text="secret words")
    ticket.comments.update(text="", tweet_id="", erased_at=timezone.now())
    text = page_of(browser_of("agent"), ticket)
    assert ("secret words" in text, "it was deleted on X" in text, "x.com/i/status" in text) == (False, True, False)


def test_texts_and_notes_are_text(browser_of: ClientOf, lake: Any) -> None:
    ticket, client = a_ticket(1, text="<img src=x> Lisbon"), browser_of("agent")
    write_details(lake, ticket.comments.get(), ticket.opened_at.date())
    text = change(client, ticket, action="note", value="<script>alert(1)</script>")
    assert ("<img src" in text, "<script>alert" in text, "<mark>Lisbon" in text) == (False, False, True)
