"""What was written in a ticket's conversation, and what happened to the ticket?"""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from conf.settings import Settings
from pipelines.sources.lake_tweets import read_details, read_entities
from serving.accounts.models import User
from serving.accounts.roles import EVERY_BRAND, SCOPES, Scope
from serving.desk.models import Comment, Ticket
from serving.desk.readers.inbox import Row, row_of
from serving.desk.states import TweetRole


def find_ticket(brand: str, ticket_id: int) -> Ticket | None:
    found: Ticket | None = (
        Ticket.objects.select_related("assignee", "problem").filter(brand=brand, pk=ticket_id).first()
    )
    return found


def read_ticket(ticket: Ticket) -> Row:
    """The ticket with `tweets`, `notes` and `events`, the oldest first. `is_others`: not its author wrote it."""
    comments = list(ticket.comments.all())
    author = next((each.author_key for each in comments if each.is_original), "")
    texts = [each.text for each in comments if each.is_original]
    authored = [each for each in comments if each.role in (TweetRole.COMPLAINT, TweetRole.COMMENT)]
    notes = [
        {"author": name_of(each.author), "text": each.text, "created_at": each.created_at}
        for each in ticket.notes.select_related("author")
    ]
    return row_of(ticket, next(iter(texts), ""), len(authored)) | {
        "tweets": [tweet_of(each) | {"is_others": is_others(each, author)} for each in comments],
        "notes": notes,
        "events": [event_of(each) for each in ticket.events.select_related("actor")],
        "remote": {name: getattr(ticket, f"remote_{name}") for name in ("system", "id", "status")},
    }


def tweet_of(comment: Comment) -> Row:
    names = ("role", "is_original", "text", "lang", "sentiment_score", "complaint_score", "created_at", "erased_at")
    return {name: getattr(comment, name) for name in names} | {
        "tweet_id": comment.tweet_id or None,
        "category": comment.category,
    }


def is_others(comment: Comment, author: str) -> bool:
    """Whether somebody else than the author wrote it; False where one of them is erased."""
    return "" not in (author, comment.author_key) and comment.author_key != author


def event_of(event: Any) -> Row:
    names = ("kind", "from_value", "to_value", "actor_role", "team", "occurred_at")
    return {name: getattr(event, name) for name in names} | {"actor": name_of(event.actor)}


def name_of(user: User | None) -> str | None:
    return user.get_username() if user else None


def details_of(settings: Settings, ticket: Ticket) -> list[dict[str, str]]:
    """[{kind, text}] as the author wrote them, each once; they may identify somebody: the caller records the read."""
    found = read_details(settings, _days(ticket))
    each_once = {(detail["kind"], detail["text"]): None for tweet_id in sorted(found) for detail in found[tweet_id]}
    return [{"kind": kind, "text": text} for kind, text in each_once]


def entities_of(settings: Settings, ticket: Ticket) -> dict[str, list[str]]:
    """{type: texts} of all tweets of the ticket, each once."""
    found: dict[str, list[str]] = {}
    for entities in read_entities(settings, _days(ticket)).values():
        for each in entities:
            found[each["type"]] = list(dict.fromkeys([*found.get(each["type"], []), each["text"]]))
    return found


def people_of(brand: str) -> QuerySet:
    """Who may work on the brand's tickets."""
    roles = [role.value for role, scopes in SCOPES.items() if Scope.TICKETS_WRITE in scopes]
    granted = User.objects.filter(grants__role__in=roles, grants__brand__in=[brand, EVERY_BRAND], is_active=True)
    return granted.distinct().order_by("username")


def _days(ticket: Ticket) -> dict[str, date]:
    known = ticket.comments.exclude(tweet_id="").values_list("tweet_id", "created_at")
    return {tweet_id: created_at.date() for tweet_id, created_at in known}
