"""The changes of tickets by their names, as forms, bulk actions and the API ask for them."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.db import transaction

from runtime.errors import UsageError
from serving.accounts.models import User
from serving.accounts.roles import EVERY_BRAND, SCOPES, Role, Scope
from serving.desk import changes
from serving.desk.events import Actor
from serving.desk.models import Problem, Ticket
from serving.desk.readers.tickets import people_of
from serving.desk.states import Priority, State
from serving.paths import parse_id

Word = TypeVar("Word", bound=StrEnum)
LONGEST_NOTE, LONGEST_TITLE = 4000, 200
YES_OR_NO = {"yes": True, "no": False}
STRONGEST = (Role.ADMIN, Role.APPROVER, Role.AGENT)


class Conflict(UsageError):
    """Somebody else has changed the ticket since it was shown."""


def actor_of(user: User, brand: str) -> Actor:
    """The user with the strongest of their roles that works on the brand's tickets."""
    granted = {Role(each.role) for each in user.grants.all() if each.brand in (brand, EVERY_BRAND)}
    working = [role for role in STRONGEST if role in granted and Scope.TICKETS_WRITE in SCOPES[role]]
    return Actor(user, working[0].value if working else "")


@transaction.atomic
def apply_all(user: User, ticket: Ticket, asked: list[tuple[str, str]], revision: int | None = None) -> list[str]:
    """Make the changes (action, value), all or none, and say what was done. `revision`: as the user saw it."""
    locked = Ticket.objects.select_for_update().filter(pk=ticket.pk).first()
    if locked is None:
        raise UsageError(f"there is no ticket {ticket.pk}")
    if revision is not None and revision != locked.revision:
        raise Conflict(f"Somebody else changed ticket {ticket.pk} meanwhile: this is how it is now.")
    actor = actor_of(user, ticket.brand)
    return [_apply(actor, ticket, action, value.strip()) for action, value in asked]


def _apply(actor: Actor, ticket: Ticket, action: str, value: str) -> str:
    known = ACTIONS.get(action)
    if known is None:
        raise UsageError(f"there is no action {action[:40]}; the actions are {', '.join(ACTIONS)}")
    return known(actor, ticket, value)


def _assign(actor: Actor, ticket: Ticket, value: str) -> str:
    if not value:
        changes.assign(ticket.pk, actor, None)
        return "Nobody has the ticket now."
    wanted = actor.user.pk if value == "me" else parse_id(value)
    user = people_of(ticket.brand).filter(pk=wanted).first()
    if user is None:
        raise UsageError(f"{value[:40]} is nobody who works on tickets of {ticket.brand}")
    changes.assign(ticket.pk, actor, user)
    return f"Assigned to {user.get_username()}."


def _state(actor: Actor, ticket: Ticket, value: str) -> str:
    state = _word(State, value)
    changes.set_state(ticket.pk, actor, state)
    return f"The ticket is {state} now."


def _team(actor: Actor, ticket: Ticket, value: str) -> str:
    changes.set_team(ticket.pk, actor, value)
    return f"Sent to {value}."


def _category(actor: Actor, ticket: Ticket, value: str) -> str:
    changes.set_category(ticket.pk, actor, value)
    return f"The category is {value} now."


def _priority(actor: Actor, ticket: Ticket, value: str) -> str:
    priority = _word(Priority, value)
    changes.set_priority(ticket.pk, actor, priority)
    return f"The priority is {priority} now."


def _complaint(actor: Actor, ticket: Ticket, value: str) -> str:
    if value not in YES_OR_NO:
        raise UsageError(f"{value[:40]} is not one of {', '.join(YES_OR_NO)}")
    changes.set_is_complaint(ticket.pk, actor, YES_OR_NO[value])
    return "It counts as a complaint." if YES_OR_NO[value] else "It is no complaint, and solved."


def _note(actor: Actor, ticket: Ticket, value: str) -> str:
    changes.add_note(ticket.pk, actor, value[:LONGEST_NOTE])
    return "The note is added."


def _new_problem(actor: Actor, ticket: Ticket, title: str) -> str:
    if not title:
        raise UsageError("a problem needs a title")
    problem = changes.open_problem(ticket.brand, actor, title[:LONGEST_TITLE], [ticket.pk])
    return f"Problem {problem.pk} is opened."


def _problem(actor: Actor, ticket: Ticket, value: str) -> str:
    """`value`: a problem's id, or nothing."""
    found = Problem.objects.filter(brand=ticket.brand, pk=parse_id(value)).first()
    if value and found is None:
        raise UsageError(f"there is no problem {value[:40]} of {ticket.brand}")
    changes.link_problem(ticket.pk, actor, found)
    return f"Linked to problem {found.pk}." if found else "Linked to no problem."


ACTIONS: dict[str, Callable[[Actor, Ticket, str], str]] = {
    "assign": _assign,
    "state": _state,
    "team": _team,
    "category": _category,
    "priority": _priority,
    "complaint": _complaint,
    "note": _note,
    "problem": _problem,
    "new-problem": _new_problem,
}


def rename_problem(problem: Problem, title: str) -> str:
    if not title.strip():
        raise UsageError("a problem needs a title")
    Problem.objects.filter(pk=problem.pk).update(title=title.strip()[:LONGEST_TITLE])
    return "The problem has its new title."


def solve_problem(user: User, problem: Problem) -> str:
    number = changes.solve_problem(problem, actor_of(user, problem.brand))
    return f"The problem is solved, and with it {number} ticket{'' if number == 1 else 's'}."


def _word(words: type[Word], value: str) -> Word:
    if value not in {word.value for word in words}:
        raise UsageError(f"{value[:40]} is not one of {', '.join(words)}")
    return words(value)


def sentence(error: Any) -> str:
    """An error's text as a sentence of a page."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
