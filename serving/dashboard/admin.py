"""Admin: users and their roles, everybody's tokens, the audit log.

An admin of a brand gives and takes roles on that brand; users, tokens and roles on every brand are for admins of all.
"""

import secrets
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from runtime.errors import UsageError
from serving.accounts.changes import create_user, find_user, grant_role, revoke_role, revoke_token, set_active
from serving.accounts.models import Token, User
from serving.accounts.permissions import covers
from serving.accounts.roles import DUTIES, EVERY_BRAND, MEANINGS, Role, Scope
from serving.dashboard.filters import chosen_date
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import SignedInView, frame, readable_brands
from serving.paths import parse_id
from serving.readers.audit import visible

ROWS = 50
MOST_ID = 2**63 - 1
PASSWORD_BYTES = 12


class Users(SignedInView):
    http_method_names = ("get", "head", "post")
    scope = Scope.ACCOUNTS_WRITE

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        actions = {"create": self.create, "grant": self.grant, "revoke": self.revoke, "active": self.activate}
        action = actions.get(request.POST.get("action", ""))
        if action is None:
            return self.show(request, fault="There is no such action.", status=400)
        try:
            return to_page(request, **action(request))
        except UsageError as error:
            return self.show(request, fault=str(error), status=400)

    def create(self, request: HttpRequest) -> dict[str, str]:
        demand_every_brand(request)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        user = create_user(request.POST.get("username", "").strip()[:150], password, request.user.username)
        return {"password": password, "done": f"{user.username} is created, without a role yet."}

    def grant(self, request: HttpRequest) -> dict[str, str]:
        user, role, brand = asked_grant(request)
        grant_role(user, role, brand, request.user.username)
        return {"done": f"{user.username} is now {role} of {named(brand)}."}

    def revoke(self, request: HttpRequest) -> dict[str, str]:
        user, role, brand = asked_grant(request)
        if user == request.user and role == Role.ADMIN:
            raise UsageError("You cannot take your own admin role away: another admin has to.")
        revoke_role(user, role, brand, request.user.username)
        return {"done": f"{user.username} is no longer {role} of {named(brand)}."}

    def activate(self, request: HttpRequest) -> dict[str, str]:
        demand_every_brand(request)
        user, is_active = find_user(request.POST.get("username", "")), request.POST.get("to") == "active"
        if user == request.user:
            raise UsageError("You cannot deactivate yourself.")
        set_active(user, is_active, request.user.username)
        return {"done": f"{user.username} {'may sign in again' if is_active else 'is deactivated'}."}

    def show(self, request: HttpRequest, status: int = 200, **state: Any) -> HttpResponse:
        brands = request.user.brands_with(Scope.ACCOUNTS_WRITE)
        is_all = EVERY_BRAND in brands
        content = {
            "users": User.objects.prefetch_related("grants").order_by("username"),
            "is_of_all": is_all,
            "grantable": [
                *([EVERY_BRAND] if is_all else []),
                *(readable_brands(request) if is_all else sorted(brands)),
            ],
            "roles": [(role.value, DUTIES[role]) for role in Role],
        }
        shown = frame(request, "page-users") | content | state
        return render_with_notice(request, "dashboard/users.html", shown, status)


class Tokens(SignedInView):
    http_method_names = ("get", "head", "post")
    scope = Scope.ACCOUNTS_WRITE

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        demand_every_brand(request)
        wanted = request.POST.get("token", "")
        token = Token.objects.filter(id=parse_id(wanted) or 0).first()
        if token is None:
            return self.show(request, fault="There is no such token.", status=404)
        revoke_token(token, actor=request.user.username)
        return to_page(request, done=f"The token {token.name} of {token.user.username} is revoked.")

    def show(self, request: HttpRequest, status: int = 200, **state: Any) -> HttpResponse:
        is_all = EVERY_BRAND in request.user.brands_with(self.scope)
        tokens = Token.objects.select_related("user").order_by("-id") if is_all else Token.objects.none()
        content = {"tokens": tokens, "is_of_all": is_all, "meanings": MEANINGS.items()}
        shown = frame(request, "page-tokens") | content | state
        return render_with_notice(request, "dashboard/tokens.html", shown, status)


class Audit(SignedInView):
    scope = Scope.AUDIT_READ

    def get(self, request: HttpRequest) -> HttpResponse:
        entries = visible(request.user.brands_with(self.scope))
        actions = entries.order_by("action").values_list("action", flat=True).distinct()
        before = parse_id(request.GET.get("before", ""))
        chosen = filtered(entries, request).filter(id__lt=MOST_ID if before is None else before).order_by("-id")
        rows = list(chosen[: ROWS + 1])
        content = {
            "rows": rows[:ROWS],
            "actions": list(actions),
            "next": rows[ROWS - 1].id if len(rows) > ROWS else None,
            "given": request.GET.dict(),
        }
        return render(request, "dashboard/audit.html", frame(request, "page-audit") | content)


def filtered(entries: QuerySet, request: HttpRequest) -> QuerySet:
    """By actor, action, brand, and days, both included."""
    given = {name: request.GET.get(name, "").strip() for name in ("actor", "action", "brand")}
    first, last = chosen_date(request, "from"), chosen_date(request, "to")
    wanted: dict[str, Any] = {name: text for name, text in given.items() if text}
    if first:
        wanted["occurred_at__gte"] = datetime.combine(first, time(), timezone.get_current_timezone())
    if last:
        end = datetime.combine(last, time(), timezone.get_current_timezone()) + timedelta(days=1)
        wanted["occurred_at__lt"] = end
    return entries.filter(**wanted)


def demand_every_brand(request: HttpRequest) -> None:
    if EVERY_BRAND not in request.user.brands_with(Scope.ACCOUNTS_WRITE):
        raise PermissionDenied


def asked_grant(request: HttpRequest) -> tuple[User, Role, str]:
    """User, role and brand of the form; PermissionDenied for a brand that the user is no admin of."""
    brand, role = request.POST.get("brand", ""), request.POST.get("role", "")
    if role not in [each.value for each in Role] or not brand:
        raise UsageError("A role needs a user, a role and a brand.")
    if not covers(request.user.brands_with(Scope.ACCOUNTS_WRITE), brand):
        raise PermissionDenied
    return find_user(request.POST.get("username", "")), Role(role), brand


def named(brand: str) -> str:
    return "every brand" if brand == EVERY_BRAND else brand
