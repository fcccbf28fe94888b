"""Log-ins by password, limited per name and address before a password is looked at.

An attempt is committed before the attempts are counted, so that requests sent at once cannot exceed the limit.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from serving.accounts.audit import record
from serving.accounts.models import LoginAttempt, User

SPREAD = 10
"""A name tried from many addresses, or an address that tries many names, has so many times the attempts."""


def check_password(request: Request, username: str, password: str) -> User | None:
    """The user, None if name and password do not fit; Throttled after too many attempts.

    A refused attempt is in the audit log, with its name only where a user has it: people type passwords there.
    """
    address = BaseThrottle().get_ident(request)
    both = _key("both", username, address)
    limit, minutes = settings.BRANDPULSE.serving.login_attempts, settings.BRANDPULSE.serving.login_minutes
    window = timedelta(minutes=minutes)
    limits = {both: limit, _key("name", username): SPREAD * limit, _key("address", address): SPREAD * limit}
    LoginAttempt.objects.filter(attempted_at__lt=timezone.now() - window).delete()
    LoginAttempt.objects.bulk_create(LoginAttempt(key=key) for key in limits)
    if any(LoginAttempt.objects.filter(key=key).count() > most for key, most in limits.items()):
        raise Throttled(wait=window.total_seconds(), detail="too many attempts to log in")
    user: User | None = authenticate(request, username=username, password=password)
    if user is not None:
        LoginAttempt.objects.filter(key=both).delete()
    else:
        is_known = User.objects.filter(username=username).exists()
        record(request, "session.refused", subject=username if is_known else "", actor="")
    return user


def _key(*parts: str) -> str:
    digest: str = salted_hmac("serving.login", "\0".join(parts), algorithm="sha256").hexdigest()
    return digest
