"""The adapter that the settings name."""

from conf.settings import Settings
from runtime.errors import UsageError
from serving.desk.adapters.base import Adapter
from serving.desk.adapters.webhook import WebhookAdapter
from serving.desk.adapters.zendesk import ZendeskAdapter


def build_adapter(settings: Settings) -> Adapter | None:
    """The help desk's adapter; None where the desk itself is enough. MissingPrerequisite without its secret."""
    asked = settings.dispatch_tickets
    if asked.adapter == "webhook":
        try:
            return WebhookAdapter(asked.url or "", settings.secrets.required("webhook_secret"), asked.timeout_seconds)
        except ValueError:
            raise UsageError("BRANDPULSE_WEBHOOK_SECRET is not whsec_ and base64") from None
    if asked.adapter == "zendesk":
        token = settings.secrets.required("zendesk_token")
        return ZendeskAdapter(asked.url or "", asked.zendesk_user or "", token, asked.timeout_seconds)
    return None
