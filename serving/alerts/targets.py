"""The targets of alerts: a signed webhook, a chat that takes Slack's JSON, e-mail.

A repeated webhook has the same `webhook-id`, a repeated e-mail the same Message-ID. Slack's contract has nothing of the
kind: after a time-out or a kill a message may appear twice.
"""

import json
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.mail import EmailMessage, get_connection
from standardwebhooks import Webhook

from conf.brand.alert_targets import AlertTarget
from conf.settings import Settings
from runtime.errors import MissingPrerequisite, UsageError
from serving.alerts.intake import name_of, read_targets
from serving.alerts.notices import ENDED, Notice
from serving.desk.adapters.base import Http, Rejected, Sender, TryAgain

BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DOMAIN = "brandpulse.invalid"
"""Of Message-IDs: no host's own name leaves the network."""
SECRETS = "BRANDPULSE_ALERT_SECRETS"


class WebhookTarget:
    """Standard Webhooks 1.0.0, as the desk's (serving/desk/adapters/webhook.py)."""

    def __init__(self, name: str, url: str, secret: str, timeout: float) -> None:
        self.name, self._url, self._signer = name, url, Webhook(secret)
        self._http = Http(timeout, receiver=name)

    def send(self, message: Notice) -> str:
        now = datetime.now(UTC)
        body = json.dumps(message.payload(now), ensure_ascii=False, separators=(",", ":"))
        headers = {
            "content-type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.key, now, body),
        }
        self._http.call("POST", self._url, data=body.encode(), headers=headers)
        return ""


class SlackTarget:
    """An incoming webhook of Slack, Mattermost or Rocket.Chat: `{"text": …}`, where &, < and > are escaped."""

    def __init__(self, name: str, url: str, timeout: float) -> None:
        self.name, self._url, self._http = name, url, Http(timeout, receiver=name)

    def send(self, message: Notice) -> str:
        first, *rest = map(_escaped, (message.subject, *message.lines))
        self._http.call("POST", self._url, json={"text": "\n".join((f"*{first}*", *rest))})
        return ""


class MailTarget:
    """Plain text through Django's mail backend; the end of an incident answers the message of its start."""

    def __init__(self, name: str, to: tuple[str, ...], sender: str, connect: Callable[[], Any]) -> None:
        self.name, self._to, self._sender, self._connect = name, to, sender, connect

    def send(self, message: Notice) -> str:
        headers = {"Message-ID": _message_id(message.key), "Auto-Submitted": "auto-generated"}
        if message.event == ENDED:
            headers |= dict.fromkeys(("In-Reply-To", "References"), _message_id(message.first_key))
        text = "\n\n".join(message.lines)
        mail = EmailMessage(message.subject, text, self._sender, self._to, headers=headers, connection=self._connect())
        try:
            mail.send()
        except smtplib.SMTPAuthenticationError as error:
            raise TryAgain(f"{self.name}: the mail server answered {error.smtp_code}", is_outage=True) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(self.name, min(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(self.name, error.smtp_code) from None
        except OSError as error:  # SMTPException is one, too
            raise TryAgain(f"{self.name}: no answer ({type(error).__name__})", is_outage=True) from None
        return ""


def build_targets(settings: Settings) -> dict[str, Sender[Notice]]:
    """{`<brand>/<name>`: target} of all brands. MissingPrerequisite or UsageError for one that cannot work."""
    return {
        name_of(brand, each): _target(name_of(brand, each), each, settings)
        for brand, targets in read_targets().items()
        for each in targets
    }


def _target(name: str, target: AlertTarget, settings: Settings) -> Sender[Notice]:
    timeout = settings.dispatch_tickets.timeout_seconds
    if target.kind == "email":
        asked = settings.deliver_alerts
        if asked.smtp_host is None or asked.sender is None:
            raise UsageError(f"conf/brands: {name} is sent by e-mail: set deliver_alerts.smtp_host and .sender")
        return MailTarget(name, target.to, asked.sender, _mail_server(settings))
    secret = settings.secrets.of_alerts().get(name)
    if secret is None:
        raise MissingPrerequisite(f"{SECRETS} has no {name}=…; the receiver of the alerts gives it")
    if target.kind == "slack":
        if not secret.startswith(("https://", "http://127.0.0.1:")):
            raise UsageError(f"{SECRETS}: {name} is not the https address of a chat's incoming webhook")
        return SlackTarget(name, secret, timeout)
    try:
        return WebhookTarget(name, target.url or "", secret, timeout)
    except ValueError:
        raise UsageError(f"{SECRETS}: {name} is not whsec_ and base64") from None


def _mail_server(settings: Settings) -> Callable[[], Any]:
    asked = settings.deliver_alerts
    password = settings.secrets.required("smtp_password") if asked.smtp_username else None

    def connect() -> Any:
        return get_connection(
            BACKEND,
            host=asked.smtp_host,
            port=asked.smtp_port,
            username=asked.smtp_username,
            password=password,
            use_tls=asked.smtp_security == "starttls",
            use_ssl=asked.smtp_security == "tls",
            timeout=settings.dispatch_tickets.timeout_seconds,
        )

    return connect


def _refusal(name: str, code: int) -> Rejected | TryAgain:
    reason = f"{name}: the mail server answered {code}"
    return Rejected(reason) if code >= 500 else TryAgain(reason)


def _message_id(key: str) -> str:
    return f"<{key[:40]}@{DOMAIN}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
