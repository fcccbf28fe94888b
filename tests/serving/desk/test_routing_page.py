"""The routing page: which rule takes how many tickets, a trial that changes nothing, a version that applies."""

from typing import Any

from django.test import Client

from tests.serving.conftest import BRAND, ClientOf, rows
from tests.serving.desk.desk_world import a_ticket
from tests.serving.desk.test_inbox import desk

ROUTING = f"/brands/{BRAND}/routing"
RULES = "teams: {all: {}, coffee: {}}\nrules: [{name: coffee, words: [coffee], team: coffee}]\n"


def shown(client: Client, status: int = 200, **fields: Any) -> str:
    response = client.post(ROUTING, fields, follow=True) if fields else client.get(ROUTING)
    assert response.status_code == status, response.content[-300:]
    text: str = response.content.decode()
    return text


def test_the_rules_are_shown_with_the_tickets_that_they_take(browser_of: ClientOf) -> None:
    a_ticket(1, text="my lawyer will write to you @user")
    a_ticket(2, text="late again")
    text = shown(browser_of("agent"))
    assert "50\N{NO-BREAK SPACE}% of Skyvarn’s last two tickets fit a rule" in text
    row = text.split(">safety and law<")[1].split("</tr>")[0]
    assert ("my lawyer" in row, '<td class="num">1</td>' in row) == (True, True)
    assert "<textarea" not in text, "an agent reads"


def test_a_trial_says_what_would_change_and_changes_nothing(browser_of: ClientOf) -> None:
    ticket, client = a_ticket(1, text="the coffee machine is broken"), browser_of("admin")
    text = shown(client, rules=RULES, action="try")
    assert "These rules would send one ticket of the last 1 elsewhere" in text
    assert f"/tickets/{ticket.pk}" in text.split('id="moved-title"')[1]
    assert not desk("RoutingVersion").exists()
    assert desk("Ticket").get().team == "customer care"


def test_a_saved_version_applies_and_is_in_the_audit_log(browser_of: ClientOf) -> None:
    client = browser_of("admin")
    assert "Version 1 applies" in shown(client, rules=RULES, action="save", comment="coffee season")
    version = desk("RoutingVersion").get()
    assert (version.created_by, version.comment) == (rows("User").get(), "coffee season")
    assert rows("AuditEntry").get(action="routing.save").subject == "version 1"
    assert "name: coffee" in shown(client)


def test_rules_that_somebody_else_changed_meanwhile_are_not_overwritten(browser_of: ClientOf) -> None:
    client = browser_of("admin")
    assert 'name="based_on" value="0"' in shown(client)
    shown(client, rules=RULES, action="save", based_on="0")
    tried = shown(client, rules="teams: {mine: {}}", action="try", based_on="0")
    assert 'name="based_on" value="0"' in tried, "a trial does not forget what it began with"
    text = shown(client, 400, rules="teams: {mine: {}}", action="save", based_on="0")
    assert "version 1 was saved while you wrote" in text.lower()
    assert "teams: {mine: {}}" in text
    assert desk("RoutingVersion").count() == 1
    assert "Version 2 applies" in shown(client, rules="teams: {mine: {}}", action="save", based_on="1")


def test_rules_that_make_no_sense_are_said_and_kept_in_the_form(browser_of: ClientOf) -> None:
    client = browser_of("admin")
    for wrong in (
        "teams: [",
        "rules: 5",
        "teams: {a: {}}\nrules: [{name: x, team: b}]",
        f"{RULES}default_team: nobody",
    ):
        text = shown(client, 400, rules=wrong, action="save")
        assert 'role="alert"' in text
        assert wrong.split("\n")[0] in text.replace("&#x27;", "'")
    both = "teams: {a: {}}\nrules: [{name: x, team: a}, {name: y, team: a, words: [never]}]"
    assert "y" in shown(client, 400, rules=both, action="try").split('role="alert"')[1][:200]
    assert not desk("RoutingVersion").exists()


def test_an_agent_saves_nothing(browser_of: ClientOf) -> None:
    shown(browser_of("agent"), 403, rules=RULES, action="save")
    assert not desk("RoutingVersion").exists()
