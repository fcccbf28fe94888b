"""A morning at the desk of an invented brand: overdue, due soon, answered, reopened, one cause of several tickets."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

BRAND, OTHER = "skyvarn", "northquill"
MINUTE = timedelta(minutes=1)
TEXTS = (
    (
        "Stuck at gate B7 for four hours with two kids and nobody from @user answers. Flight [number] is not even on "
        "the board any more.",
        "disruption",
    ),
    ("Charged twice for one seat, third message now @user. Reference [account]", "billing"),
    ("My bag went to Lisbon without me. Can anyone at @user tell me where it is?", "baggage"),
    ("App logs me out whenever I open the boarding pass, @user", "technical"),
    ("Why can't I pick a seat I already paid for?", "booking"),
    ("Coffee machine on the early flight broken again, not the end of the world @user", "other"),
    ("Crew was rude to my mother at boarding, I expect an apology", "crew"),
    ("Averyveryverylongwordwithoutanyspaceinitthatmustnotmakethepagewider @user answer me please", "service"),
)


def a_key(*parts: object) -> str:
    """64 hexadecimal digits, the same for the same parts."""
    from serving.desk.events import hashed

    return hashed("test", *parts)


def a_ticket(number: int = 1, *, text: str = "It is late again @user", brand: str = BRAND, **fields: Any) -> Any:
    """A ticket with the tweet that opened it and its first events; `due`: minutes from now at which it is due."""
    from serving.desk.models import Comment, Ticket

    now = timezone.now()
    opened = fields.pop("opened_at", now - 2 * timedelta(hours=1))
    due = fields.pop("due", 60)
    given: dict[str, Any] = {
        "ticket_key": a_key(brand, number),
        "conversation_key": a_key("conversation", brand, number),
        "priority": "P3",
        "category": "disruption",
        "team": "customer care",
        "lang": "en",
        "followers_count": 38,
        "sentiment_score": 0.08,
        "complaint_score": 0.97,
        "opened_at": opened,
        "clock_started_at": opened,
        "due_at": now + due * MINUTE,
        "is_breached": due < 0,
        "breached_at": now + due * MINUTE if due < 0 else None,
    }
    ticket = Ticket.objects.create(brand=brand, **(given | fields))
    add_tweet(ticket, text, opened, is_original=True)
    add_event(ticket, "opened", opened)
    add_event(ticket, "routed", opened, to_value=ticket.team)
    if ticket.is_breached:
        add_event(ticket, "breached", ticket.breached_at)
    assert Comment.objects.filter(ticket=ticket).count() == 1
    return ticket


def add_tweet(ticket: Any, text: str, at: datetime, role: str = "complaint", **fields: Any) -> Any:
    from serving.desk.models import Comment

    number = Comment.objects.count() + 1
    given: dict[str, Any] = {
        "candidate_key": a_key("candidate", number),
        "tweet_id": str(1_900_000_000_000_000_000 + number),
        "tweet_key": a_key("tweet", number),
        "author_key": a_key("author", ticket.pk),
        "conversation_key": ticket.conversation_key,
        "lang": "en",
        "sentiment_score": ticket.sentiment_score,
        "created_at": at,
        "received_at": at,
    }
    return Comment.objects.create(ticket=ticket, brand=ticket.brand, role=role, text=text, **(given | fields))


def add_event(ticket: Any, kind: str, at: datetime, **fields: Any) -> Any:
    from serving.desk.events import record
    from serving.desk.states import EventKind

    return record(ticket, EventKind(kind), at=at, **fields)


def fill(agents: dict[str, Any] | None = None) -> list[Any]:
    """Tickets of all kinds; `agents`: users by name, of whom ann and ben have some."""
    from serving.desk.models import Note, Problem

    people, now = agents or {}, timezone.now()
    problem = Problem.objects.create(pk=1, brand=BRAND, title="Gate delays", problem_key=a_key("problem"))
    plans: list[dict[str, Any]] = [
        {"due": -42, "priority": "P1", "team": "duty managers", "problem": problem, "followers_count": 12_400},
        {"due": -7, "priority": "P2", "assignee": people.get("ben")},
        {"due": 18, "priority": "P2", "state": "open", "reopened_count": 1, "assignee": people.get("ann")},
        {"due": 112, "state": "open"},
        {"due": 160},
        {"due": 1_260, "priority": "P4"},
        {"due": 400, "state": "pending", "answered_at": now - 30 * MINUTE, "first_response_at": now - 30 * MINUTE},
        {"due": 900, "problem": problem, "priority": "P4"},
    ]
    made = [
        a_ticket(place, text=text, category=category, **plan)
        for place, ((text, category), plan) in enumerate(zip(TEXTS, plans, strict=True), 1)
    ]
    first = made[0]
    earlier = first.opened_at - 12 * MINUTE
    add_tweet(first, "Boarding at gate B7 begins soon. Thank you for your patience.", earlier, "original")
    add_tweet(first, "I TOLD you the flight. Is anyone there?", now - 80 * MINUTE, "comment")
    Note.objects.create(
        ticket=first, author=people.get("ben"), text="Gate C3 now, the crew knows.\nVouchers are on the way."
    )
    for place in range(60):
        at = now - timedelta(days=1 + place % 25, minutes=37 * place)
        text, category = TEXTS[place % len(TEXTS)]
        answered = at + (4 + 7 * place % 90) * MINUTE if place % 9 else None
        a_ticket(
            100 + place,
            text=text,
            category=category,
            opened_at=at,
            due_at=at + timedelta(hours=1),
            state="solved",
            solved_at=at + timedelta(hours=3),
            priority=("P2", "P3", "P4")[place % 3],
            team=("customer care", "baggage")[place % 2],
            answered_at=answered,
            first_response_at=answered,
            is_breached=place % 9 == 0,
            breached_at=at + timedelta(hours=1) if place % 9 == 0 else None,
            problem=problem if place % 10 == 0 else None,
        )
    correct(made[6], people.get("ann"))
    return made


def correct(ticket: Any, user: Any) -> None:
    """An agent's corrections of category and priority."""
    from serving.desk import changes
    from serving.desk.events import Actor
    from serving.desk.states import Priority

    actor = Actor(user, "agent")
    changes.set_category(ticket.pk, actor, "booking")
    changes.set_priority(ticket.pk, actor, Priority.P2)
