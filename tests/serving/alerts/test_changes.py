"""What people do with alerts, rules and topic names: added, never changed, with an audit entry."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.http import Http404
from django.test import RequestFactory

from conf.settings import Settings
from pipelines.sources.accounts import read_alert_rules
from runtime.errors import UsageError
from tests.serving.conftest import BRAND, ClientOf, rows
from tests.serving.documents import MONDAY, a_trend, an_alert, publish, publish_everything, put_alerts

FORM = {"name": "Many", "figure": "tweets", "comparison": "above", "threshold": "100", "min_tweets": "20"}
FORM |= {"quiet_minutes": "60"}
RULES, ALERT = f"/brands/{BRAND}/alerts/rules", f"/brands/{BRAND}/alerts/{1:016x}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": " "}, "a name"),
        ({"name": "x" * 41}, "40 characters"),
        ({"figure": "followers"}, "a figure"),
        ({"threshold": "much"}, "threshold is a number"),
        ({"figure": "sentiment", "threshold": "101"}, "from 0 to 100"),
        ({"quiet_minutes": "-1"}, "quiet time"),
        ({"rule_id": "northquill-1"}, "no such rule"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(django: None, given: dict[str, str], words: str) -> None:
    from serving.alerts.changes import parse_rule

    with pytest.raises(UsageError, match=words):
        parse_rule(BRAND, FORM | given)


def test_a_share_is_given_in_per_cent(django: None) -> None:
    from serving.alerts.changes import parse_rule

    assert parse_rule(BRAND, FORM | {"figure": "sentiment", "comparison": "below", "threshold": "40"}).threshold == 0.4
    assert parse_rule(BRAND, FORM | {"figure": "sentiment", "comparison": "falls", "threshold": "40"}).threshold == 40


@pytest.mark.parametrize(
    ("text", "number"), [("1,000", 1000), ("1,234,567", 1_234_567), ("2,5", 2.5), ("0,125", 0.125)]
)
def test_a_comma_is_of_thousands_as_on_the_pages_or_a_decimal_one(django: None, text: str, number: float) -> None:
    from serving.alerts.changes import parse_rule
    from serving.dashboard.rules import shown

    rule = parse_rule(BRAND, FORM | {"threshold": text})
    assert rule.threshold == number
    assert float(shown(rule)["fields"]["threshold"]) == number, "switching it off keeps it"


def test_an_incident_of_a_rule_about_a_share_shows_it_in_per_cent(django: None) -> None:
    from serving.alerts.changes import parse_rule
    from serving.dashboard.alerts import figures_of

    alert = an_alert(1, kind="rule", observed=0.35, expected=0.2, expected_low=0.2, expected_high=0.2)
    rule = parse_rule(BRAND, FORM | {"figure": "complaint_share", "threshold": "30"})
    assert [value.replace("\N{NO-BREAK SPACE}", " ") for _, value in figures_of(alert, rule)] == [
        *("35 %", "20 %", "20 % to 20 %")
    ]
    assert figures_of(alert, parse_rule(BRAND, FORM | {"figure": "sentiment", "threshold": "30"}))[0][1] == "35"
    assert figures_of(alert, None)[0][1] == "0.35", "of a rule that is no longer in the brand's file"
    assert figures_of(an_alert(1), None)[0][1] == "312"


def test_a_new_version_takes_the_place_of_the_old_one_and_both_stay(database: None) -> None:
    from serving.alerts.changes import add_rule_version, parse_rule, rules_in_use
    from serving.alerts.models import RuleVersion

    first = add_rule_version(parse_rule(BRAND, FORM), "ann")
    add_rule_version(parse_rule(BRAND, FORM | {"rule_id": first.rule_id, "threshold": "200"}), "bob")
    assert [(rule.version, rule.threshold) for rule in rules_in_use(BRAND)] == [(2, 200.0)]
    assert RuleVersion.objects.count() == 2
    with pytest.raises(TypeError, match="never changed"):
        first.save()
    assert [entry.action for entry in rows("AuditEntry").order_by("id")] == ["rule.write"] * 2


def test_the_process_of_the_alerts_reads_the_rules_that_are_on(database: None) -> None:
    from django.conf import settings

    from serving.alerts.changes import add_rule_version, parse_rule

    add_rule_version(parse_rule(BRAND, FORM), "ann")
    add_rule_version(parse_rule(BRAND, FORM | {"name": "Off", "is_enabled": "off"}), "ann")
    assert [rule.name for rule in read_alert_rules(settings.BRANDPULSE)] == ["Many"]


def test_an_alert_is_acknowledged_snoozed_resolved_and_opened_again(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("agent")
    for action, state in (("acknowledge", "acknowledged"), ("resolve", "resolved"), ("reopen", "open")):
        text = client.post(ALERT, {"action": action}).content.decode()
        assert f"Now: {state}" in text
    assert "Now: snoozed" in client.post(ALERT, {"action": "snooze", "hours": "4"}).content.decode()
    assert client.post(ALERT, {"action": "snooze", "hours": "5"}).status_code == 400
    assert client.post(ALERT, {"action": "delete"}).status_code == 400
    assert "Acknowledge</button>" not in browser_of("viewer").get(ALERT).content.decode()
    assert browser_of("viewer").post(ALERT, {"action": "resolve"}).status_code == 403


def test_a_snooze_ends(served: Settings, browser_of: ClientOf) -> None:
    from serving.alerts.models import AlertAction

    put_alerts(served, an_alert(1))
    AlertAction.objects.create(brand=BRAND, alert_id=f"{1:016x}", action="snooze", until=MONDAY, added_by="ann")
    assert "Now: open" in browser_of("agent").get(ALERT).content.decode()


def test_a_rule_is_tried_stored_and_switched_off(served: Settings, browser_of: ClientOf) -> None:
    hours = [
        a_trend(MONDAY - timedelta(hours=place), "hour", 200, tweet_count=500 if place == 30 else 50)
        for place in range(1, 24 * 21)
    ]
    publish(served, "trends", 1, *hours)
    client = browser_of("analyst")
    tried = client.post(RULES, FORM | {"action": "preview"}).content.decode()
    assert "it would have fired 1 time in the last 30 days" in tried
    assert "Tweets of the last hour above 100" in client.post(RULES, FORM | {"action": "store"}).content.decode()
    from serving.alerts.changes import rules_in_use

    (rule,) = rules_in_use(BRAND)
    off = FORM | {"rule_id": rule.rule_id, "is_enabled": "off"}
    assert "Switch on" in client.post(RULES, off).content.decode()
    assert client.post(RULES, FORM | {"rule_id": f"{BRAND}-unknown", "action": "store"}).status_code == 400


def test_a_topic_is_renamed_on_its_page(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client, path = browser_of("analyst"), f"/brands/{BRAND}/topics/t01"
    assert "<h1>Baggage</h1>" in client.post(path, {"name": "Baggage"}).content.decode()
    assert (
        "is the name of a topic already"
        in client.post(f"/brands/{BRAND}/topics/t02", {"name": "Baggage"}).content.decode()
    )
    assert "<h1>Bag, lost, claim 1</h1>" in client.post(path, {"name": ""}).content.decode()


def test_nothing_is_written_about_an_alert_or_a_topic_that_is_not_there(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.alerts.models import AlertAction, TopicName
    from serving.dashboard import alerts, topics
    from serving.readers.rows import NOTHING

    monkeypatch.setattr("serving.readers.alerts.read_alert", lambda *_: None)
    monkeypatch.setattr("serving.readers.topics.read_topic", lambda *_: NOTHING)
    request = RequestFactory().post("/", {"action": "resolve", "name": "Baggage"})
    request.user = SimpleNamespace(username="ann", brands_with=lambda _: {BRAND})
    for view, path in ((alerts.Alert(), {"alert_id": "f" * 16}), (topics.Topic(), {"topic_id": "t99"})):
        with pytest.raises(Http404):
            view.post(request, brand=BRAND, **path)
    assert (AlertAction.objects.count(), TopicName.objects.count(), rows("AuditEntry").count()) == (0, 0, 0)
