"""Django's settings, built from the project's: `set_up(settings)` once per process, before any model is imported."""

import logging
import re
from pathlib import Path
from typing import Any

import django
from django.conf import settings as django_settings

from conf.accounts import WAIT_SECONDS, accounts_file, accounts_server
from conf.settings import Settings
from serving.secret_key import secret_key

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "rest_framework"]
OWN_APPS = ["drf_spectacular", "serving.accounts", "serving.alerts", "serving.desk", "serving.api", "serving.dashboard"]
MIDDLEWARE = [
    "serving.api.metrics.MeasureRequests",
    "django.middleware.security.SecurityMiddleware",
    "serving.api.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": ["django.template.context_processors.request"],
        "builtins": ["serving.dashboard.templatetags.dashboard"],
    },
}
VALIDATORS = ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
LINK_SECONDS = 3600
"""How long a link signs in that create_link printed."""
PLAIN_HTTP = ["security.W004", "security.W008", "security.W012", "security.W016"]
"""Checks of HSTS, of the redirect to HTTPS and of secure cookies: plain HTTP is served on loopback alone."""
MAX_BODY_BYTES = 65_536
LOGS_OF_PATHS = ("django.request", "django.security.csrf")
YEAR_SECONDS = 31_536_000


def set_up(settings: Settings, metrics_folder: Path | None = None) -> None:
    """Configure Django with these settings; a second call has no effect. `metrics_folder`: shared by the workers."""
    if not django_settings.configured:
        django_settings.configure(**build(settings), METRICS_FOLDER=metrics_folder)
        django.setup()
        for name in LOGS_OF_PATHS:
            logging.getLogger(name).addFilter(hide_keys)


def hide_keys(record: logging.LogRecord) -> bool:
    """Take author keys out of a path that is logged: an erasure does not search logs."""
    record.msg, record.args = re.sub("[0-9a-f]{64}", "<key>", record.getMessage()), ()
    return True


def build(settings: Settings) -> dict[str, Any]:
    """All settings that differ from Django's defaults. BRANDPULSE has ours, for the readers."""
    store = settings.mongodb.model_copy(update={"timeout_seconds": settings.serving.store_timeout_seconds})
    return {
        "BRANDPULSE": settings.model_copy(update={"mongodb": store}),
        "SECRET_KEY": secret_key(settings),
        "DEBUG": False,
        "ALLOWED_HOSTS": settings.serving.allowed_hosts,
        "INSTALLED_APPS": APPS + OWN_APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "ROOT_URLCONF": "serving.urls",
        "APPEND_SLASH": False,
        "TEMPLATES": [TEMPLATES],
        "DATABASES": {"default": database(settings)},
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}},
        "AUTH_USER_MODEL": "accounts.User",
        "PASSWORD_RESET_TIMEOUT": LINK_SECONDS,
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}Validator"} for name in VALIDATORS
        ],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "LOGGING_CONFIG": None,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": MAX_BODY_BYTES,
        "CSRF_FAILURE_VIEW": "serving.dashboard.errors.csrf_failure",
        "REST_FRAMEWORK": rest_framework(settings),
        "SPECTACULAR_SETTINGS": SPECTACULAR,
        **cookies_and_headers(settings),
    }


def database(settings: Settings) -> dict[str, Any]:
    """SQLite in the home; PostgreSQL when `serving.database_url` says so."""
    server = accounts_server(settings)
    if server is None:
        folder(settings)
        options = {"transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS, "timeout": WAIT_SECONDS}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(accounts_file(settings)), "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": server.name,
        "USER": server.user,
        "PASSWORD": server.password,
        "HOST": server.host,
        "PORT": server.port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": WAIT_SECONDS},
    }


def folder(settings: Settings) -> Path:
    """<home>/serving, for its owner only."""
    place = settings.home / "serving"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def cookies_and_headers(settings: Settings) -> dict[str, Any]:
    """Behind a proxy that ends TLS: secure cookies, HSTS, no plain HTTP."""
    is_https = settings.serving.https_proxies > 0
    return {
        "SECURE_SSL_REDIRECT": is_https,
        "SECURE_HSTS_SECONDS": YEAR_SECONDS if is_https else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": is_https,
        "SECURE_HSTS_PRELOAD": is_https,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if is_https else None,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_REDIRECT_EXEMPT": [r"^api/v1/health$"],
        "X_FRAME_OPTIONS": "DENY",
        "SESSION_COOKIE_AGE": int(settings.serving.session_hours * 3600),
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_SAMESITE": "Lax",  # a link to a page that somebody sent must not ask to sign in again
        "CSRF_COOKIE_SECURE": is_https,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "SILENCED_SYSTEM_CHECKS": [] if is_https else PLAIN_HTTP,
    }


def rest_framework(settings: Settings) -> dict[str, Any]:
    rates = settings.serving
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "serving.accounts.authentication.TokenAuthentication",
            "serving.accounts.authentication.BrowserSession",
        ],
        "DEFAULT_PERMISSION_CLASSES": ["serving.accounts.permissions.HasScope"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "DEFAULT_THROTTLE_CLASSES": [
            "rest_framework.throttling.AnonRateThrottle",
            "rest_framework.throttling.UserRateThrottle",
        ],
        "DEFAULT_THROTTLE_RATES": {
            "anon": f"{rates.anonymous_requests_per_minute}/min",
            "user": f"{rates.requests_per_minute}/min",
        },
        "NUM_PROXIES": rates.https_proxies,
        "DEFAULT_SCHEMA_CLASS": "serving.api.openapi.ResourceSchema",
        "DEFAULT_METADATA_CLASS": None,
        "EXCEPTION_HANDLER": "serving.api.problems.handle_exception",
        "URL_FORMAT_OVERRIDE": None,
    }


SPECTACULAR = {
    "TITLE": "Brandpulse API",
    "DESCRIPTION": "What people say about a brand on X: trends, segments, profiles and the state of the system.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
