"""The key `alert_targets` of a brand's file: who gets its alerts, by webhook, in a chat, or by e-mail.

    alert_targets:
      - {name: operations, kind: webhook, url: "https://ops.example/alerts"}    # signed (Standard Webhooks)
      - {name: marketing-chat, kind: slack}                                     # its address is a secret
      - {name: care, kind: email, to: [care@example.org], only: [complaint_surge, sentiment_drop]}

The environment has the secrets: BRANDPULSE_ALERT_SECRETS="acme/operations=whsec_…,acme/marketing-chat=https://…".
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from conf.tickets import check_address

AlertKind = Literal["volume_spike", "sentiment_drop", "complaint_surge", "silence", "new_topic", "rule"]


def _an_address(text: str) -> str:
    name, _, domain = text.partition("@")
    if not name or "." not in domain or not text.isascii() or not text.isprintable() or set(text) & set(" ,;<>"):
        raise ValueError(f"{text!r} is no e-mail address")
    return text


class AlertTarget(BaseModel):
    """One receiver; `only`: the kinds of alerts that it gets, all without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    kind: Literal["webhook", "slack", "email"]
    url: Annotated[str, AfterValidator(check_address)] | None = None
    to: tuple[Annotated[str, AfterValidator(_an_address)], ...] = ()
    only: tuple[AlertKind, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "AlertTarget":
        if (self.url is not None) != (self.kind == "webhook"):
            raise ValueError(f"{self.name}: a webhook needs a url, and nothing else has one: a chat's is a secret")
        if bool(self.to) != (self.kind == "email"):
            raise ValueError(f"{self.name}: an e-mail needs addresses in `to`, and nothing else has them")
        return self
