"""POST /hooks/desk: the receiver of our webhooks reports a ticket's state, signed with the same secret.

    {"type": "ticket.state_changed", "timestamp": "2026-05-04T12:00:00Z", "data": {"ticket": {"key": …, "state": …}}}

States: new, open, pending, hold, solved, closed. The signature is the permission: there is no session and no token.
"""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from standardwebhooks import Webhook, WebhookVerificationError

from serving.desk.adapters.base import RemoteState
from serving.desk.statuses import STATES, apply_states

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
TYPE = "ticket.state_changed"


@method_decorator(csrf_exempt, name="dispatch")
class StatesHook(View):
    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> JsonResponse:
        """How many tickets changed; 401 without a valid signature, 400 for another document."""
        secret = settings.BRANDPULSE.secrets.webhook_secret
        headers = {name: request.headers.get(name, "") for name in HEADERS}
        if secret is None or not _is_signed(secret.get_secret_value(), request.body, headers):
            return _problem(401, "the signature is missing, wrong or too old")
        try:
            reported = _parse(json.loads(request.body))
        except (ValueError, KeyError, TypeError):
            return _problem(400, f"not a {TYPE} with a ticket's key and state")
        return JsonResponse({"changed": apply_states([reported], reported.updated_at)})


def _is_signed(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _parse(document: Any) -> RemoteState:
    ticket = document["data"]["ticket"]
    if document["type"] != TYPE or ticket["state"] not in STATES:
        raise ValueError(document["type"])
    at = datetime.fromisoformat(document["timestamp"])
    return RemoteState(str(ticket["key"]), ticket["state"], at.replace(tzinfo=at.tzinfo or UTC))


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"status": status, "detail": detail}, status=status, content_type="application/problem+json")
