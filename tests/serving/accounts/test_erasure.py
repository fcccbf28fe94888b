"""What the pipelines do in Django's database by SQL, on the tables that Django makes: SQLite here, PostgreSQL in
test_postgresql.py."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from conf.accounts import accounts_file
from conf.settings import Settings, load_settings
from pipelines.sinks.privacy.accounts import ROTATED, delete_expired, free_old_rows, redact_subjects, rekey_subjects
from pipelines.sources.accounts import read_profile_reads, read_subject_keys, read_subjects
from runtime.errors import ServiceUnavailable
from runtime.key_chain import make_key
from tests.reading import bytes_of
from tests.serving.conftest import PASSWORD

SECRETS = ("a secret", "another", "a third one")
KEYS = [make_key(SECRETS[:1], author) for author in ("4001", "4002", "4003")]
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def brandpulse(database: None) -> Settings:
    """The settings by which Django and the pipelines reach the same database."""
    found: Settings = django_settings.BRANDPULSE
    return found


def note(*subjects: str, action: str = "profiles.read", at: datetime = NOON) -> None:
    from serving.accounts.models import AuditEntry

    for subject in subjects:
        AuditEntry.objects.create(
            actor="ann", action=action, brand="skyvarn", subject=subject, purpose="a complaint", occurred_at=at
        )


def noted(action: str = "profiles.read") -> list[str]:
    from serving.accounts.models import AuditEntry

    return list(AuditEntry.objects.filter(action=action).order_by("id").values_list("subject", flat=True))


def bytes_of_the_log(settings: Settings) -> bytes:
    """The files of the audit log's table."""
    if settings.serving.database_url is None:
        return bytes_of(settings)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('accounts_auditentry'))")
        return bytes(cursor.fetchone()[0])


def test_a_redacted_entry_keeps_all_but_its_subject(brandpulse: Settings) -> None:
    from serving.accounts.models import AuditEntry

    note(KEYS[0], KEYS[1], KEYS[0])
    note(KEYS[0], action="user.create")
    redact_subjects(brandpulse, KEYS[:1])
    assert (noted(), noted("user.create")) == (["erased", KEYS[1], "erased"], KEYS[:1])
    assert read_subjects(brandpulse) == [KEYS[1]]
    entry = AuditEntry.objects.earliest("id")
    assert (entry.actor, entry.brand, entry.purpose, entry.occurred_at) == ("ann", "skyvarn", "a complaint", NOON)


def test_no_byte_of_a_redacted_key_stays(brandpulse: Settings) -> None:
    from serving.accounts.models import AuditEntry

    keys = [make_key(("bytes",), str(number)) for number in range(1200)]
    AuditEntry.objects.bulk_create(AuditEntry(actor="ann", action="profiles.read", subject=key) for key in keys)
    redact_subjects(brandpulse, keys[:600])
    free_old_rows(brandpulse)
    assert read_subjects(brandpulse) == sorted(keys[600:])
    content = bytes_of_the_log(brandpulse)
    assert [sum(key.encode() in content for key in half) for half in (keys[:600], keys[600:])] == [0, 600]


def test_bytes_that_a_reader_still_needs_are_freed_later(brandpulse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    if brandpulse.serving.database_url is not None:
        pytest.skip("PostgreSQL waits for its readers")
    monkeypatch.setattr("pipelines.sources.accounts.WAIT_SECONDS", 0.1)
    note(KEYS[0])
    reader = sqlite3.connect(accounts_file(brandpulse), isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM accounts_auditentry").fetchone() == (1,)
    redact_subjects(brandpulse, KEYS[:1])
    assert KEYS[0].encode() in bytes_of_the_log(brandpulse)
    reader.close()
    free_old_rows(brandpulse)
    assert KEYS[0].encode() not in bytes_of_the_log(brandpulse)


def test_a_rotation_chains_each_key_once_and_is_recorded(brandpulse: Settings) -> None:
    note(*KEYS[:2], KEYS[0])
    note(KEYS[0], action="user.create")
    redact_subjects(brandpulse, [KEYS[1]])
    for _ in range(2):
        rekey_subjects(brandpulse, SECRETS[1:2], "the secrets' fingerprint")
    rotated = make_key(SECRETS[:2], "4001")
    assert (noted(), noted("user.create")) == ([rotated, "erased", rotated], KEYS[:1])
    assert noted(ROTATED) == ["the secrets' fingerprint"]
    rekey_subjects(brandpulse, SECRETS[2:], "those of another rotation")
    assert noted() == [make_key(SECRETS, "4001"), "erased", make_key(SECRETS, "4001")]


def test_an_author_is_found_by_a_key_of_older_secrets_too(brandpulse: Settings) -> None:
    note(KEYS[0], make_key(SECRETS[:2], "4002"), make_key(SECRETS, "4003"))
    known = read_subject_keys(brandpulse, SECRETS)
    assert {make_key(SECRETS, author) for author in ("4001", "4002", "4003")} <= set(known)
    assert known[make_key(SECRETS, "4001")] == KEYS[0]


def test_reads_of_a_profile_are_reported_without_who_read_it(brandpulse: Settings) -> None:
    note(KEYS[0], at=NOON + timedelta(hours=1))
    note(*KEYS[:2])
    read = {"action": "profiles.read", "brand": "skyvarn", "purpose": "a complaint"}
    assert read_profile_reads(brandpulse, KEYS[:1]) == [
        {"occurred_at": "2026-05-04T12:00:00+00:00"} | read,
        {"occurred_at": "2026-05-04T13:00:00+00:00"} | read,
    ]


def test_what_is_too_old_is_deleted_and_the_rest_stays(brandpulse: Settings) -> None:
    from django.contrib.sessions.models import Session

    from serving.accounts.changes import create_token, create_user
    from serving.accounts.models import AuditEntry, LoginAttempt, Token, User

    minute = timedelta(minutes=1)
    audited, counted = timedelta(days=730), timedelta(minutes=brandpulse.serving.login_minutes)
    for old in (minute, -minute):
        note(KEYS[0], at=NOON - audited - old)
        LoginAttempt.objects.create(key=f"{old}", attempted_at=NOON - counted - old)
        Session.objects.create(session_key=f"{old}", session_data="", expire_date=NOON - old)
        token, _ = create_token(User.objects.first() or create_user("ann", PASSWORD), f"{old}", [])
        Token.objects.filter(pk=token.pk).update(expires_at=NOON - audited - old)
    due = {"accounts_auditentry": 1, "accounts_token": 1, "accounts_loginattempt": 1, "django_session": 1}
    assert delete_expired(brandpulse, NOON, is_dry=True) == due
    assert delete_expired(brandpulse, NOON, is_dry=False) == due
    left = [LoginAttempt.objects.get().key, Session.objects.get().session_key, Token.objects.get().name]
    assert (left, len(noted()), User.objects.count()) == ([f"{-minute}"] * 3, 1, 1)
    assert delete_expired(brandpulse, NOON, is_dry=False) == {}
    assert AuditEntry.objects.filter(action="token.create").count() == 2


def test_a_rate_limit_names_an_address_no_longer_than_it_counts(brandpulse: Settings) -> None:
    cache.set("throttle_anon_203.0.113.7", [1.0], timeout=60)
    assert delete_expired(brandpulse, datetime.now(UTC), is_dry=False) == {}
    assert delete_expired(brandpulse, datetime.now(UTC) + timedelta(hours=1), is_dry=False) == {"cache": 1}


def test_where_the_api_was_never_started_there_is_nothing_to_do(
    brandpulse: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, serving = tmp_path_factory.mktemp("no-api"), brandpulse.serving.model_copy(update={"database_url": None})
    never = brandpulse.model_copy(update={"home": home, "serving": serving})
    redact_subjects(never, KEYS)
    free_old_rows(never)
    rekey_subjects(never, SECRETS, "a fingerprint")
    assert (read_subjects(never), delete_expired(never, NOON, is_dry=False)) == ([], {})
    assert list(home.iterdir()) == []


def test_a_server_that_does_not_answer_is_a_clear_error(brandpulse: Settings) -> None:
    url = "postgresql://brandpulse@127.0.0.1:1/accounts"
    away = load_settings(overrides={"home": str(brandpulse.home), "serving": {"database_url": url}})
    with pytest.raises(ServiceUnavailable, match=r"does not answer .*: start it, or check serving\.database_url"):
        read_subjects(away)
