"""Headers of every response, with and without a proxy that ends TLS; Django's own checks of a deployment."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from conf.settings import load_settings
from runtime.errors import UsageError
from serving.settings import build

PROXY = {"https_proxies": 1, "host": "0.0.0.0", "allowed_hosts": ["testserver"]}


@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/brands", "/nothing", "/api/v1/openapi.json"])
def test_no_response_is_without_the_security_headers(database: None, path: str) -> None:
    headers = Client().get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert headers["Cache-Control"] == ("public, max-age=300" if path.endswith("json") else "no-store")


def test_behind_a_proxy_plain_http_is_redirected_and_https_demanded(database: None, tmp_path: Path) -> None:
    built = build(load_settings(overrides={"home": str(tmp_path), "serving": PROXY}))
    with override_settings(**{name: value for name, value in built.items() if name.startswith("SECURE_")}):
        plain = Client().get("/api/v1/session")
        secure = Client(headers={"X-Forwarded-Proto": "https"}).get("/api/v1/session")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/api/v1/session")
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize("proxies", [0, 1])
def test_djangos_checks_of_a_deployment_find_nothing(database: None, tmp_path: Path, proxies: int) -> None:
    serving = PROXY if proxies else {}
    built = build(load_settings(overrides={"home": str(tmp_path), "serving": serving}))
    kept = ("SECURE_", "SESSION_", "CSRF_", "X_FRAME", "SILENCED", "DEBUG", "ALLOWED", "SECRET_KEY", "MIDDLEWARE")
    with override_settings(**{name: value for name, value in built.items() if name.startswith(kept)}):
        call_command("check", deploy=True, fail_level="WARNING")


def test_plain_http_is_served_on_loopback_alone() -> None:
    with pytest.raises(UsageError, match="would serve plain HTTP to others"):
        load_settings(overrides={"serving": {"host": "0.0.0.0"}})


def test_a_password_in_the_address_of_the_database_is_an_error() -> None:
    with pytest.raises(UsageError, match="BRANDPULSE_DATABASE_PASSWORD"):
        load_settings(overrides={"serving": {"database_url": "postgresql://ann:secret@host/name"}})
