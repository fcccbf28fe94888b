"""Audit entries of requests, written before the answer leaves."""

from typing import Any

from serving.accounts.authentication import token_of
from serving.accounts.models import AuditEntry

PURPOSE_HEADER = "X-Purpose"


def record(
    request: Any, action: str, brand: str = "", subject: str = "", actor: str | None = None, purpose: str | None = None
) -> None:
    """Record who did what, with the purpose that the request's header states. `actor`: where nobody is signed in yet.

    A request of the API or of a page; a page has the purpose from its URL.
    """
    token = token_of(request)
    AuditEntry.objects.create(
        actor=request.user.get_username() if actor is None else actor,
        token=token.name if token else "",
        action=action,
        brand=brand,
        subject=subject,
        purpose=(request.headers.get(PURPOSE_HEADER, "") if purpose is None else purpose)[:200],
    )
