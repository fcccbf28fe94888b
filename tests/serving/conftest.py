"""Django on a database of the run's own, emptied after each test, and clients of every role."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client, override_settings

from conf.settings import Settings, load_settings
from serving.settings import set_up

BRAND, OTHER = "skyvarn", "northquill"
PASSWORD = "long enough for the checks"
QUICK_HASHER = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ClientOf = Callable[..., Client]


def rows(model: str) -> Any:
    """All rows of a table of accounts; models can be imported only once Django is set up."""
    return apps.get_model("accounts", model).objects


@pytest.fixture(scope="session")
def django(home: Path) -> None:
    """Django, set up once for the process; every test may ask as often as it likes."""
    rates = {"requests_per_minute": 10**6, "anonymous_requests_per_minute": 10**6}
    serving = rates | {"allowed_hosts": ["testserver", "localhost"]}
    set_up(load_settings(overrides={"home": str(home / "django"), "serving": serving}))
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


@pytest.fixture
def database(django: None) -> Iterator[None]:
    """Django's database, empty again afterwards."""
    with override_settings(PASSWORD_HASHERS=QUICK_HASHER):
        yield
    for model in apps.get_models():
        model._base_manager.all().delete()
    forget_pages()
    cache.clear()


def forget_pages() -> None:
    """What pages showed in one test must not appear in the next."""
    from serving.dashboard import memory

    memory.MEMORY.forget()


@pytest.fixture
def served(database: None, settings: Settings) -> Iterator[Settings]:
    """The API on a document store of the test's own, in which nothing is published."""
    with override_settings(BRANDPULSE=settings):
        yield settings


@pytest.fixture
def browser_of(database: None) -> ClientOf:
    """`browser_of(role, brand)`: a client with the session of a new user; one who has not signed in for None."""
    from serving.accounts.changes import create_user, grant_role
    from serving.accounts.models import User
    from serving.accounts.roles import Role

    def make(role: str | None = "analyst", brand: str = BRAND) -> Client:
        client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
        if role is not None:
            user = create_user(f"{role}{User.objects.count()}", PASSWORD)
            grant_role(user, Role(role), brand)
            client.force_login(user)
        return client

    return make


@pytest.fixture
def client_of(database: None) -> ClientOf:
    """`client_of(role, brand, scopes)`: a client with a token of a new user, anonymous for None."""
    from serving.accounts.changes import create_token, create_user, grant_role
    from serving.accounts.models import User
    from serving.accounts.roles import Role, Scope

    def make(role: str | None = "analyst", brand: str = BRAND, scopes: list[Scope] | None = None) -> Client:
        if role is None:
            return Client(raise_request_exception=False, enforce_csrf_checks=True)
        user = create_user(f"{role}{User.objects.count()}", PASSWORD)
        grant_role(user, Role(role), brand)
        _, text = create_token(user, "a test", scopes or list(Scope))
        headers = {"Authorization": f"Bearer {text}"}
        return Client(raise_request_exception=False, enforce_csrf_checks=True, headers=headers)

    return make
