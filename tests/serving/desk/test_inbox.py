"""The inbox: what waits and in which order, its filters, what is done to many at once, what a poll brings."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.serving.conftest import ClientOf, rows
from tests.serving.desk.desk_world import BRAND, OTHER, a_ticket, add_tweet, correct, fill

INBOX = f"/brands/{BRAND}/inbox"


def order_of(client: Client, query: str = "", path: str = INBOX) -> list[int]:
    """The tickets that the page lists, in its order."""
    response = client.get(f"{path}{query}")
    assert response.status_code == 200, response.content[-500:]
    return [int(part.split('"')[0]) for part in response.content.decode().split('data-ticket="')[1:]]


def test_the_oldest_breach_leads_and_answered_tickets_come_last(browser_of: ClientOf) -> None:
    client, now = browser_of("agent"), timezone.now()
    answered = a_ticket(1, due=-300, is_breached=False, answered_at=now, first_response_at=now)
    soon, late, oldest = a_ticket(2, due=5), a_ticket(3, due=-5), a_ticket(4, due=-50)
    a_ticket(5, state="solved")
    assert order_of(client) == [each.pk for each in (oldest, late, soon, answered)]
    assert order_of(client, "?state=breached") == [oldest.pk, late.pk]
    text = client.get(INBOX).content.decode()
    assert "<h1>Four tickets to work on, two answers overdue</h1>" in text
    assert [part.split("<")[0] for part in text.split('<span class="time">')[1:]] == [
        "−0:50",
        "−0:05",
        "0:04",
        "answered",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {1, 2, 3}),
        ("?state=solved", {4}),
        ("?state=all", {1, 2, 3, 4}),
        ("?team=baggage", {2}),
        ("?priority=P1", {3}),
        ("?category=billing", {2}),
        ("?assignee=me", {1}),
        ("?assignee=nobody", {2, 3}),
        ("?state=new&team=customer+care", {1}),
        ("?team=nobody+has+it", set()),
    ],
)
def test_the_filters_are_in_the_url(browser_of: ClientOf, query: str, expected: set[int]) -> None:
    client = browser_of("agent")
    me = rows("User").get()
    made = {
        1: a_ticket(1, assignee=me),
        2: a_ticket(2, team="baggage", category="billing", state="open"),
        3: a_ticket(3, priority="P1", state="pending"),
        4: a_ticket(4, state="solved"),
    }
    a_ticket(5, brand=OTHER)
    assert set(order_of(client, query)) == {made[number].pk for number in expected}


@pytest.mark.parametrize("query", ["state=broken", "priority=P9", "assignee=5", "cursor=x", "cursor=1~2~3", "brands=x"])
def test_a_filter_that_does_not_exist_is_an_error(browser_of: ClientOf, query: str) -> None:
    assert browser_of("agent").get(f"{INBOX}?{query}").status_code == 400


def test_an_agent_of_several_brands_sees_them_together_and_no_other(browser_of: ClientOf) -> None:
    from serving.accounts.changes import grant_role
    from serving.accounts.roles import Role

    client = browser_of("agent")
    grant_role(rows("User").get(), Role.AGENT, OTHER)
    ours, theirs, hidden = a_ticket(1), a_ticket(2, brand=OTHER, due=1), a_ticket(3, brand="moon")
    assert order_of(client) == [ours.pk]
    assert order_of(client, "?brands=all") == [theirs.pk, ours.pk]
    assert hidden.pk not in order_of(client, "?brands=all&state=all")


def test_the_queue_has_pages_in_which_no_ticket_is_missing_or_twice(
    browser_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.desk.readers import queue

    monkeypatch.setattr(queue.read_queue, "__defaults__", ("", 3))
    now = timezone.now()
    made = [a_ticket(number, due_at=now + timedelta(minutes=number // 2)) for number in range(8)]
    answered = [a_ticket(20 + number, answered_at=now) for number in range(2)]
    client, seen = browser_of("agent"), list[int]()
    path: str | None = ""
    while path is not None and len(seen) < 50:
        seen += order_of(client, path)
        link = client.get(f"{INBOX}{path}").content.decode().split('href="?cursor=')
        path = f"?cursor={link[1].split(chr(34))[0]}" if len(link) > 1 else None
    assert seen == [each.pk for each in (*made, *answered)]


def test_a_poll_answers_nothing_while_nothing_changed_and_the_new_ticket_when_it_did(browser_of: ClientOf) -> None:
    client = browser_of("agent")
    first = a_ticket(1)
    page = client.get(INBOX).content.decode()
    address = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(address).status_code == 204
    add_tweet(first, "Hello?", timezone.now(), "comment")
    assert client.get(address).status_code == 200, "a comment is news"
    new = a_ticket(2, due=1)
    assert order_of(client, path=address) == [new.pk, first.pk]


def test_many_tickets_are_changed_at_once_with_their_events(browser_of: ClientOf) -> None:
    client, made = browser_of("agent"), [a_ticket(1), a_ticket(2), a_ticket(3)]
    me = rows("User").get()
    asked = {"change": "assign:me", "ticket": [made[0].pk, made[1].pk]}
    text = client.post(INBOX, asked, follow=True).content.decode()
    assert "Two tickets changed." in text
    assert [desk("Ticket").get(pk=each.pk).assignee_id for each in made] == [me.pk, me.pk, None]
    assert desk("Event").filter(kind="assigned", actor=me, actor_role="agent").count() == 2
    client.post(INBOX, {"change": "state:solved", "ticket": [each.pk for each in made]})
    assert set(desk("Ticket").values_list("state", flat=True)) == {"solved"}


def test_what_does_not_fit_one_ticket_is_said_and_done_to_the_others(browser_of: ClientOf) -> None:
    client, done, closed = browser_of("agent"), a_ticket(1), a_ticket(2, state="closed")
    asked = {"change": "state:solved", "ticket": [done.pk, closed.pk]}
    text = client.post(INBOX, asked, follow=True).content.decode()
    assert "One ticket changed." in text
    assert f"Ticket {closed.pk} is closed" in text
    assert [desk("Ticket").get(pk=each.pk).state for each in (done, closed)] == ["solved", "closed"]


def test_nobody_changes_the_tickets_of_another_brand(browser_of: ClientOf) -> None:
    client, theirs = browser_of("agent"), a_ticket(1, brand=OTHER)
    text = client.post(INBOX, {"change": "state:solved", "ticket": [theirs.pk]}, follow=True).content.decode()
    assert "Select tickets" in text
    assert desk("Ticket").get().state == "new"


def test_an_erased_text_is_said_to_be_erased(browser_of: ClientOf) -> None:
    ticket = a_ticket(1, text="secret words")
    desk("Comment").filter(ticket=ticket).update(text="", tweet_id="", erased_at=timezone.now())
    text = browser_of("agent").get(INBOX).content.decode()
    assert ("secret words" in text, ">erased<" in text) == (False, True)


def test_an_empty_inbox_says_when_tickets_come(browser_of: ClientOf) -> None:
    assert "There are no tickets yet" in browser_of("agent").get(INBOX).content.decode()


def test_a_text_is_text(browser_of: ClientOf) -> None:
    a_ticket(1, text="<script>alert(1)</script>", category="<b>")
    text = browser_of("agent").get(INBOX).content.decode()
    assert ("<script>alert" in text, "&lt;script&gt;alert" in text, "<b>" in text) == (False, True, False)


def desk(model: str) -> Any:
    from django.apps import apps

    return apps.get_model("desk", model).objects


def test_the_world_of_the_pictures_has_every_kind_of_ticket(browser_of: ClientOf) -> None:
    browser_of("agent")
    made = fill({"ann": rows("User").get()})
    assert len(made) == 8
    assert callable(correct)
    assert desk("Correction").count() == 2
