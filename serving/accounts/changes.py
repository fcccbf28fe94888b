"""Every write to accounts, each with its audit entry in one transaction."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from runtime.errors import UsageError
from serving.accounts.models import AuditEntry, Grant, Token, User
from serving.accounts.roles import Role, Scope

PREFIX = "bp_"
"""So that scanners for leaked secrets can find our tokens."""


def digest_of(token: str) -> str:
    """A token has 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_user(username: str) -> User:
    """UsageError if there is no such user."""
    user: User | None = User.objects.filter(username=username).first()
    if user is None:
        raise UsageError(f"there is no user {username}; create_user makes one")
    return user


@transaction.atomic
def create_user(username: str, password: str, actor: str = "") -> User:
    """UsageError for a name that is taken or not allowed, and for a weak password."""
    user = User(username=User.normalize_username(username))
    try:
        user.clean_fields(exclude=["password"])
        user.validate_unique()
        validate_password(password, user)
    except ValidationError as error:
        raise UsageError(f"{username}: {' '.join(error.messages)}") from None
    created = User.objects.create_user(username, password)
    AuditEntry.objects.create(actor=actor, action="user.create", subject=created.username)
    return created


@transaction.atomic
def change_password(user: User, password: str, actor: str = "") -> None:
    """UsageError for a weak password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UsageError(" ".join(error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    AuditEntry.objects.create(actor=actor, action="user.password", subject=user.username)


@transaction.atomic
def set_active(user: User, is_active: bool, actor: str = "") -> None:
    """A user who is not active can neither sign in nor use a token."""
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    action = "user.activate" if is_active else "user.deactivate"
    AuditEntry.objects.create(actor=actor, action=action, subject=user.username)


@transaction.atomic
def grant_role(user: User, role: Role, brand: str, actor: str = "") -> Grant:
    grant, _ = Grant.objects.get_or_create(user=user, role=role.value, brand=brand)
    AuditEntry.objects.create(actor=actor, action="role.grant", brand=brand, subject=f"{user.username}: {role}")
    return grant


@transaction.atomic
def revoke_role(user: User, role: Role, brand: str, actor: str = "") -> None:
    Grant.objects.filter(user=user, role=role.value, brand=brand).delete()
    AuditEntry.objects.create(actor=actor, action="role.revoke", brand=brand, subject=f"{user.username}: {role}")


@transaction.atomic
def create_token(
    user: User, name: str, scopes: Iterable[Scope], days: int | None = None, actor: str = ""
) -> tuple[Token, str]:
    """The stored token and its text, which cannot be shown again; `days` is at most `serving.token_days`."""
    text = PREFIX + secrets.token_urlsafe(32)
    longest = settings.BRANDPULSE.serving.token_days
    expires_at = timezone.now() + timedelta(days=min(days or longest, longest))
    names = sorted({scope.value for scope in scopes})
    token = Token.objects.create(user=user, name=name, digest=digest_of(text), scopes=names, expires_at=expires_at)
    AuditEntry.objects.create(actor=actor, action="token.create", subject=f"{user.username}: {token.id} {name}")
    return token, text


@transaction.atomic
def revoke_token(token: Token, actor: str = "") -> None:
    """A revoked token stays in the list; revoking it again changes nothing."""
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    AuditEntry.objects.create(
        actor=actor, action="token.revoke", subject=f"{token.user.username}: {token.id} {token.name}"
    )
