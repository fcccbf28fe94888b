"""What each target gets: a signed webhook, Slack's JSON, an e-mail through a real connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conf.settings import Secrets, Settings, load_settings
from runtime.errors import MissingPrerequisite, UsageError
from stack.desk_emulator.app import SECRET
from tests.serving.alerts.incidents import BRAND, HOUR, NOON, a_brand, an_incident, write_alerts
from tests.serving.alerts.mail_server import MailServer, mail_server
from tests.serving.desk.help_desks import HelpDesk, help_desk


@pytest.fixture(scope="module")
def receivers() -> Iterator[HelpDesk]:
    with help_desk("alerts") as emulator:
        yield emulator


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def sending(database: None, tmp_path: Path, mails: MailServer, receivers: HelpDesk, monkeypatch: Any) -> Settings:
    """Three targets, of which each has what it needs."""
    chat = f"{receivers.root}/services/T0/B0/emulator"
    monkeypatch.setenv("BRANDPULSE_ALERT_SECRETS", f"{BRAND}/operations={SECRET}, {BRAND}/chat={chat}")
    use(monkeypatch, a_brand(receivers.url))
    return load_settings(overrides={"home": str(tmp_path), "deliver_alerts": of_mails(mails.port)})


def of_mails(port: int) -> dict[str, Any]:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "sender": "alerts@example.org"}
    return given | {"page_url": "https://brandpulse.example/"}


def use(monkeypatch: pytest.MonkeyPatch, brand: Any) -> None:
    from serving.alerts import intake

    monkeypatch.setattr(intake, "read_brands", lambda: {BRAND: brand})


def send(settings: Settings, hours: float = 0) -> None:
    """Take in and send what is due so many hours after noon."""
    from serving.alerts.intake import AlertIntake, read_targets
    from serving.alerts.notices import notice_of
    from serving.alerts.targets import build_targets
    from serving.desk.dispatcher import Dispatcher

    AlertIntake(settings, read_targets()).take_in(NOON + hours * HOUR)
    page_url = settings.deliver_alerts.page_url
    for name, target in build_targets(settings).items():
        describe = lambda delivery: notice_of(delivery, page_url)  # noqa: E731
        dispatcher = Dispatcher(target, settings.dispatch_tickets, "tests", describe, name)
        while dispatcher.send_due():
            pass


def states() -> list[tuple[str, str, str]]:
    from serving.desk.models import Delivery

    return list(Delivery.objects.order_by("id").values_list("target", "state", "dead_reason"))


def test_an_incident_reaches_a_webhook_and_a_chat_when_it_opens_and_when_it_ends(
    sending: Settings, receivers: HelpDesk
) -> None:
    write_alerts(sending, an_incident(cause="More <tweets> than usual."))
    send(sending)
    write_alerts(sending, an_incident(lasts=30))
    send(sending, 4)
    send(sending, 5)
    state = receivers.state()
    assert state["rejected"] == []
    opened, ended = (document["data"]["alert"] for document in state["webhooks"].values())
    assert [document["type"] for document in state["webhooks"].values()] == ["alert.opened", "alert.ended"]
    assert (opened["brand"], opened["kind"], opened["title"]) == (BRAND, "volume_spike", "Many tweets")
    assert (opened["observed"], opened["ended_at"]) == (312.0, None)
    assert opened["page"] == f"https://brandpulse.example/brands/{BRAND}/alerts/{1:016x}"
    assert ended["ended_at"] == "2026-05-04T12:30:00+00:00"
    first, last = state["texts"]
    assert first.splitlines()[:4] == [
        "*skyvarn: Many tweets*",
        "Since 2026-05-04 12:00 UTC.",
        "More &lt;tweets&gt; than usual.",
        "Topics: Strike &amp; crew",
    ]
    assert last.startswith("*skyvarn: Many tweets – it is over*\nFrom 2026-05-04 12:00 to 2026-05-04 12:30 UTC.")


def test_an_e_mail_of_the_end_answers_that_of_the_start(sending: Settings, mails: MailServer) -> None:
    write_alerts(sending, an_incident(kind="complaint_surge"))
    send(sending)
    write_alerts(sending, an_incident(kind="complaint_surge", lasts=30))
    send(sending, 4)
    first, last = mails.mails
    assert (first["To"], first["From"]) == ("care@example.org", "alerts@example.org")
    assert (first["Subject"], last["Subject"]) == ("skyvarn: Many complaints", "skyvarn: Many complaints – it is over")
    assert "Since 2026-05-04 12:00 UTC." in first.get_content()
    assert last["In-Reply-To"] == first["Message-ID"] != last["Message-ID"]


@pytest.mark.parametrize(
    ("refusals", "state", "reason", "count"),
    [(["451 later"], "waiting", "", 0), (["550 no such user"], "dead", "the mail server answered 550", 0)],
)
def test_a_mail_server_that_refuses_is_asked_again_or_given_up(
    sending: Settings, mails: MailServer, refusals: list[str], state: str, reason: str, count: int
) -> None:
    mails.refusals += refusals
    write_alerts(sending, an_incident(kind="complaint_surge"))
    send(sending)
    ((_, found, why),) = [row for row in states() if row[0] == f"{BRAND}/care"]
    assert (found, len(mails.mails)) == (state, count)
    assert why.endswith(reason)


def test_one_target_that_is_unavailable_delays_no_other_one(
    sending: Settings, receivers: HelpDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, a_brand("http://127.0.0.1:1/hook"))
    before = len(receivers.state()["texts"])
    write_alerts(sending, an_incident(7))
    send(sending)
    assert [state for _, state, _ in states()] == ["waiting", "delivered"]
    assert len(receivers.state()["texts"]) == before + 1


def test_no_secret_is_in_a_table_or_a_log(sending: Settings, caplog: pytest.LogCaptureFixture) -> None:
    from serving.alerts.models import AlertNotice
    from serving.desk.models import Delivery

    caplog.set_level("DEBUG", logger="brandpulse")
    write_alerts(sending, an_incident())
    send(sending)
    stored = [*AlertNotice.objects.values(), *Delivery.objects.values()]
    for secret in sending.secrets.of_alerts().values():
        assert secret not in f"{stored} {caplog.text} {sending.secrets!r}"
        assert secret in sending.secrets.known()


def test_a_target_without_its_secret_or_its_server_is_named(sending: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.alerts.targets import build_targets

    def with_secrets(text: str | None) -> Settings:
        return sending.model_copy(update={"secrets": Secrets.model_validate({"alert_secrets": text})})

    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_ALERT_SECRETS has no skyvarn/operations="):
        build_targets(with_secrets(None))
    with pytest.raises(UsageError, match="skyvarn/operations is not whsec_ and base64"):
        build_targets(with_secrets("skyvarn/operations=whsec_ä"))
    with pytest.raises(UsageError, match="skyvarn/chat is not the https address"):
        build_targets(with_secrets(f"skyvarn/operations={SECRET},skyvarn/chat=ftp://x"))
    no_mail = sending.deliver_alerts.model_copy(update={"smtp_host": None})
    with pytest.raises(UsageError, match=r"skyvarn/care is sent by e-mail: set deliver_alerts\.smtp_host"):
        build_targets(sending.model_copy(update={"deliver_alerts": no_mail}))


def test_a_delivery_that_was_given_up_is_listed_and_sent_again(
    sending: Settings, mails: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    mails.refusals += ["550 no such user"]
    write_alerts(sending, an_incident(9, kind="complaint_surge"))
    send(sending)
    call_command("redrive_deliveries", "--brand", BRAND)
    listed = f"alert {9:016x} to {BRAND}/care  alert_opened 1 attempts  {BRAND}/care: the mail server answered 550"
    assert listed in capsys.readouterr().out
    call_command("redrive_deliveries", "--all", "--brand", BRAND)
    send(sending)
    assert len(mails.mails) == 1
