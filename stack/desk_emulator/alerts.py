"""Receivers of alerts: a Standard Webhooks 1.0.0 endpoint, and an incoming webhook that takes Slack's JSON."""

from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

NEEDED = {"id", "brand", "kind", "title", "started_at", "ended_at", "observed", "expected", "topics", "terms", "cause"}
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Alerts:
    """`webhooks`: by id, each once; `texts`: every message of the chat; `rejected`: what callers did wrong."""

    def __init__(self, secret: str) -> None:
        self._signer = Webhook(secret)
        self.webhooks: dict[str, Any] = {}
        self.texts: list[str] = []
        self.rejected: list[str] = []

    async def receive(self, request: Request) -> Response:
        headers = {name: request.headers.get(name, "") for name in HEADERS}
        try:
            document = self._signer.verify(await request.body(), headers)
        except (WebhookVerificationError, ValueError) as error:
            return self._reject(401, str(error))
        alert = document.get("data", {}).get("alert", {})
        if document.get("type") not in ("alert.opened", "alert.ended") or not set(alert) >= NEEDED:
            return self._reject(422, f"{document.get('type')} with {sorted(alert)}")
        self.webhooks.setdefault(headers["webhook-id"], document)
        return JSONResponse({})

    async def post_text(self, request: Request) -> Response:
        """Slack answers `ok`, or a word that says what is wrong."""
        try:
            text = (await request.json())["text"]
        except (ValueError, KeyError, TypeError):
            return self._reject(400, "no_text")
        self.texts.append(str(text))
        return PlainTextResponse("ok")

    def state(self) -> dict[str, Any]:
        return {"webhooks": self.webhooks, "texts": self.texts, "rejected": self.rejected}

    def _reject(self, code: int, reason: str) -> Response:
        self.rejected.append(f"{code} {reason}")
        return PlainTextResponse(reason, code)
