"""Signing in and out with a browser, and a user's own account: password and tokens."""

from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View
from rest_framework.exceptions import Throttled

from runtime.errors import UsageError
from serving.accounts.audit import record
from serving.accounts.changes import change_password, create_token, revoke_token
from serving.accounts.links import find_user_of_link
from serving.accounts.logins import check_password
from serving.accounts.models import Token
from serving.accounts.roles import MEANINGS, Scope
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import SignedInView, brandpulse, frame, readable_brands, theme_of
from serving.paths import parse_id

WRONG = "Name and password do not fit."
LOCKED = "Too many attempts. Wait {minutes:g} minutes and try again."


class SignIn(View):
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(target_of(request, request.GET.get("next", "")))
        return self.ask(request, request.GET.get("next", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        given, target = request.POST, request.POST.get("next", "")
        username, password = given.get("username", "")[:150], given.get("password", "")[:200]
        try:
            user = check_password(request, username, password)
        except Throttled:
            minutes = brandpulse().serving.login_minutes
            return self.ask(request, target, LOCKED.format(minutes=minutes), status=429)
        if user is None:
            return self.ask(request, target, WRONG, username, status=400)
        login(request, user)
        record(request, "session.login", actor=user.username)
        return redirect(target_of(request, target))

    def ask(
        self, request: HttpRequest, target: str, fault: str = "", username: str = "", status: int = 200
    ) -> HttpResponse:
        content = theme_of(request) | {"next": target, "fault": fault, "username": username}
        return render(request, "dashboard/sign_in.html", content, status=status)


class SignInByLink(View):
    """Asks before it signs in: whoever only looks at a link, such as a chat's preview, does not use it up."""

    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, user_id: int, token: str) -> HttpResponse:
        user = find_user_of_link(user_id, token)
        content = theme_of(request) | {"user": user}
        return render(request, "dashboard/link.html", content, status=200 if user else 410)

    def post(self, request: HttpRequest, user_id: int, token: str) -> HttpResponse:
        user = find_user_of_link(user_id, token)
        if user is None:
            return self.get(request, user_id, token)
        login(request, user)
        record(request, "session.login", actor=user.username)
        return redirect("page-start")


class SignOut(View):
    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            record(request, "session.logout")
        logout(request)
        return redirect("sign-in")


class Start(SignedInView):
    """The first page: the overview of the brand that was looked at last."""

    def get(self, request: HttpRequest) -> HttpResponse:
        brands = readable_brands(request)
        if not brands:
            return render(request, "dashboard/no_role.html", frame(request, ""))
        known = request.session.get("brand")
        return redirect("page-overview", brand=known if known in brands else brands[0])


def allowed_scopes(request: HttpRequest) -> list[Scope]:
    """The scopes that a role of the user has: others would give a token nothing."""
    return [scope for scope in Scope if request.user.brands_with(scope)]


def described_scopes(request: HttpRequest) -> list[tuple[Scope, str]]:
    return [(scope, MEANINGS[scope]) for scope in allowed_scopes(request)]


class Account(SignedInView):
    """A user's own password and tokens."""

    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        actions = {"password": self.password, "create": self.create, "revoke": self.revoke}
        action = actions.get(request.POST.get("action", ""))
        if action is None:
            return self.show(request, fault="There is no such action.", status=400)
        return action(request)

    def password(self, request: HttpRequest) -> HttpResponse:
        if not request.user.check_password(request.POST.get("old", "")[:200]):
            return self.show(request, fault="The present password is another one.", status=400)
        try:
            change_password(request.user, request.POST.get("new", "")[:200], request.user.username)
        except UsageError as error:
            return self.show(request, fault=str(error), status=400)
        update_session_auth_hash(request, request.user)
        return to_page(request, done="Your password is changed.")

    def create(self, request: HttpRequest) -> HttpResponse:
        name = request.POST.get("name", "").strip()[:100]
        scopes = [scope for scope in allowed_scopes(request) if scope.value in request.POST.getlist("scopes")]
        if not name or not scopes:
            return self.show(request, fault="A token needs a name and at least one scope.", status=400)
        _, text = create_token(request.user, name, scopes, actor=request.user.username)
        return to_page(request, token=text, done=f"The token {name} is created.")

    def revoke(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("token", "")
        token = Token.objects.filter(user=request.user, id=parse_id(wanted) or 0).first()
        if token is None:
            return self.show(request, fault="You have no such token.", status=404)
        revoke_token(token, actor=request.user.username)
        return to_page(request, done=f"The token {token.name} is revoked.")

    def show(self, request: HttpRequest, status: int = 200, **state: Any) -> HttpResponse:
        tokens = Token.objects.filter(user=request.user).order_by("-id")
        content = frame(request, "page-account") | {"tokens": tokens, "scopes": described_scopes(request)} | state
        return render_with_notice(request, "dashboard/account.html", content, status)


def target_of(request: HttpRequest, target: str) -> str:
    """Where to go after signing in: a path of this server, else the first page."""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    first: str = reverse("page-start")
    return target if target.startswith("/") and is_ours else first
