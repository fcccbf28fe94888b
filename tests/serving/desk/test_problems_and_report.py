"""Problems, and what the desk report counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.serving.conftest import BRAND, OTHER, ClientOf
from tests.serving.desk.desk_world import MINUTE, a_ticket, correct, fill
from tests.serving.desk.test_inbox import desk


def a_problem(title: str = "Gate delays", brand: str = BRAND, **fields: Any) -> Any:
    return desk("Problem").create(brand=brand, title=title, **fields)


def test_the_problem_with_most_work_leads(browser_of: ClientOf) -> None:
    small, large = a_problem("Lounge"), a_problem()
    a_problem("theirs", OTHER)
    a_ticket(1, problem=small, due=-10)
    for number in (2, 3):
        a_ticket(number, problem=large)
    a_ticket(4, problem=small, state="solved")
    a_ticket(5, problem=small, state="solved")
    text = browser_of("agent").get(f"/brands/{BRAND}/problems").content.decode()
    assert "<h1>Two problems behind three tickets</h1>" in text
    assert (text.index("Gate delays") < text.index("Lounge"), "theirs" in text) == (True, False)
    row = text.split("Lounge</a>")[1].split("</tr>")[0]
    assert [part.split("<")[0] for part in row.split('<td class="num')[1:4]] == ['">1', '">3', ' worse">1']


def test_a_problem_is_solved_with_all_of_its_tickets(browser_of: ClientOf) -> None:
    problem, client = a_problem(), browser_of("agent")
    for number, state in enumerate(("new", "open", "solved", "closed")):
        a_ticket(number, problem=problem, state=state)
    other = a_ticket(9)
    path = f"/brands/{BRAND}/problems/{problem.pk}"
    text = client.post(path, {"action": "solve"}, follow=True).content.decode()
    assert "The problem is solved, and with it 2 tickets." in text
    states = desk("Ticket").filter(problem=problem).order_by("id").values_list("state", flat=True)
    assert list(states) == ["solved", "solved", "solved", "closed"]
    assert desk("Ticket").get(pk=other.pk).state == "new"
    assert "One problem solved" in client.get(f"/brands/{BRAND}/problems?state=solved").content.decode()


def test_a_problem_gets_a_name(browser_of: ClientOf) -> None:
    problem, client = a_problem(""), browser_of("agent")
    path = f"/brands/{BRAND}/problems/{problem.pk}"
    assert f"<h1>Problem {problem.pk}</h1>" in client.get(path).content.decode()
    assert (
        "<h1>App log-out</h1>"
        in client.post(path, {"action": "rename", "title": " App log-out "}, follow=True).content.decode()
    )
    assert client.post(path, {"action": "rename", "title": " "}).status_code == 400
    assert client.post(path, {"action": "fly"}).status_code == 400
    assert client.get(f"/brands/{BRAND}/problems/{problem.pk + 1}").status_code == 404


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5), (0.9, 9), (0.0, 1), (1.0, 10)])
def test_a_percentile_is_a_value_that_was_seen(share: float, expected: float) -> None:
    from serving.desk.readers.report import percentile

    assert percentile([float(number) for number in range(1, 11)], share) == expected


def test_the_percentile_of_nothing_is_nothing() -> None:
    from serving.desk.readers.report import percentile

    assert percentile([], 0.5) is None


def test_the_report_counts_tickets_by_the_day_on_which_it_happened(database: None) -> None:
    from serving.desk.readers.report import read_report

    start = datetime(2026, 5, 4, tzinfo=UTC)
    end, late = start + timedelta(days=7), start + timedelta(days=3)
    for number, minutes in enumerate((10, 20, 30, 200)):
        answered = start + minutes * MINUTE
        fields: dict[str, Any] = {"answered_at": answered, "first_response_at": answered, "priority": "P2"}
        a_ticket(number, opened_at=start, team="social", **fields)
    a_ticket(5, opened_at=start + timedelta(days=2), breached_at=late, is_breached=True, team="baggage")
    a_ticket(6, opened_at=start, state="solved", solved_at=late, reopened_count=2)
    a_ticket(7, opened_at=start - timedelta(seconds=1))
    a_ticket(8, opened_at=end)
    a_ticket(9, opened_at=start, brand=OTHER)
    found = read_report({BRAND}, start, end)
    total = found["total"]
    assert (total["ticket_count"], total["answered_count"], total["breached_count"]) == (6, 4, 1)
    assert (total["response_p50"], total["response_p90"], total["breached_share"]) == (20, 200, 1 / 6)
    assert (total["reopened_count"], found["waiting"]) == (1, 3)
    days = {row["day"].day: (row["opened_count"], row["solved_count"], row["breached_count"]) for row in found["days"]}
    assert days == {4: (5, 0, 0), 5: (0, 0, 0), 6: (1, 0, 0), 7: (0, 1, 1), 8: (0, 0, 0), 9: (0, 0, 0), 10: (0, 0, 0)}
    assert [(row["name"], row["ticket_count"]) for row in found["team"]] == [
        ("social", 4),
        ("baggage", 1),
        ("customer care", 1),
    ]
    assert [row["name"] for row in found["priority"]] == ["P2", "P3"]


def test_the_report_counts_what_agents_corrected(database: None) -> None:
    from serving.desk.readers.report import read_report

    for number in (1, 2):
        correct(a_ticket(number), None)
    now = timezone.now()
    found = read_report({BRAND}, now - timedelta(days=1), now + timedelta(days=1))["corrections"]
    assert found["fields"] == [{"name": "category", "count": 2}, {"name": "priority", "count": 2}]
    assert {(row["from_value"], row["to_value"], row["number"]) for row in found["pairs"]} == {
        ("disruption", "booking", 2),
        ("P3", "P2", 2),
    }


def test_the_reports_title_is_its_answer(browser_of: ClientOf) -> None:
    client, path = browser_of("agent"), f"/brands/{BRAND}/desk-report"
    assert "No ticket was opened in this time" in client.get(path).content.decode()
    fill()
    text = client.get(path).content.decode()
    assert "Nine of ten answers came within" in text
    assert client.get(f"{path}?days=5").status_code == 400
