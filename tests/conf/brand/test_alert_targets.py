"""Who gets a brand's alerts, and how a mistake in it is reported."""

import pytest

from conf.brand.files import parse_brand
from conf.settings import load_settings
from runtime.errors import UsageError


def test_a_brand_names_its_targets() -> None:
    brand = parse_brand("alert_targets: [{name: care, kind: email, to: [care@example.org], only: [rule]}]", "a.yaml")
    (target,) = brand.alert_targets
    assert (target.name, target.kind, target.to, target.only) == ("care", "email", ("care@example.org",), ("rule",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{name: a, kind: webhook}", "a webhook needs a url"),
        ("{name: a, kind: slack, url: 'https://x.example'}", "a chat's is a secret"),
        ("{name: a, kind: webhook, url: 'http://x.example'}", "is no address such as https"),
        ("{name: a, kind: email}", "needs addresses in `to`"),
        ("{name: a, kind: email, to: ['care, boss@example.org']}", "is no e-mail address"),
        ("{name: A b, kind: slack}", "alert_targets.0.name"),
        ("{name: a, kind: slack, only: [noise]}", "alert_targets.0.only.0"),
        ("{name: a, kind: slack}, {name: a, kind: slack}", "alert targets: a is the name of more than one"),
    ],
)
def test_a_target_that_cannot_work_is_named(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_brand(f"alert_targets: [{text}]", "acme.yaml")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smtp_host": "mail.example", "sender": "a@b.example", "smtp_security": "none"}, "in the clear"),
        ({"smtp_host": "mail.example"}, "needs a sender"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_a_wrong_setting(changes: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_settings(overrides={"deliver_alerts": changes})
