"""Tables of Django's own database: users, grants, tokens, audit entries, login attempts."""

from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone

from serving.accounts.roles import EVERY_BRAND, SCOPES, Role, Scope


class UserManager(BaseUserManager):
    def create_user(self, username: str, password: str) -> "User":
        user: User = self.model(username=self.model.normalize_username(username))
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    username = models.CharField(max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "username"

    def brands_with(self, scope: Scope) -> set[str]:
        """The brands of which a role of this user has the scope; EVERY_BRAND stands for all."""
        return {grant.brand for grant in self.grants.all() if scope in SCOPES[Role(grant.role)]}


class Grant(models.Model):
    """A role of a user on a brand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    brand = models.CharField(max_length=64, help_text=f"a brand's name, {EVERY_BRAND} for all")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "brand", "role"], name="grant_once")]


class Token(models.Model):
    """A bearer token of a user; `digest` is the SHA-256 of the token, which is stored nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and bool(now < self.expires_at)


class AuditEntry(models.Model):
    """A write, or a read of data about persons. Rows are only ever added."""

    occurred_at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=150, help_text="the user's name; empty on the command line")
    token = models.CharField(max_length=100, blank=True, help_text="the name of the token used")
    action = models.CharField(max_length=50)
    brand = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["brand", "id"])]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("an audit entry is never changed")
        super().save(*args, **kwargs)


class LoginAttempt(models.Model):
    """`key` is an HMAC of a user name or an address: people type passwords into the wrong field."""

    key = models.CharField(max_length=64)
    attempted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["key", "attempted_at"])]
