"""An agent's morning in a browser: by keyboard alone, and with tickets that arrive meanwhile."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving.conftest import rows
from tests.serving.dashboard.test_browser import CHROMIUM, PAGES, address, browser, show, signed_in
from tests.serving.desk.desk_world import a_ticket

__all__ = ["address", "browser"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: `make setup-system` installs it")


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.textContent")
    return found


def said(page: Page, text: str) -> None:
    expect(page.locator(".note.done")).to_contain_text(text)


def tickets() -> Any:
    from serving.desk.models import Ticket

    return Ticket.objects


def test_an_agents_morning_by_keyboard_alone(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address, viewport={"width": 1440, "height": 900})
    show(page, f"{address}{PAGES['inbox']}")
    page.keyboard.press("f")
    assert "Stuck at gate B7" in focused(page), "the oldest breach leads"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Stuck at gate B7")
    page.keyboard.press("c")
    expect(page.get_by_label("Category")).to_be_focused()
    page.keyboard.type("Billing")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "The category is billing now.")
    page.keyboard.press("a")
    said(page, "Assigned to ann.")
    page.keyboard.press("n")
    page.keyboard.type("Called the gate: vouchers, and a seat on the next flight.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "The note is added.")
    page.keyboard.press("d")
    expect(page.get_by_text("This read is in the audit log.")).to_be_visible()
    page.keyboard.press("s")
    said(page, "The ticket is solved now.")
    ticket = tickets().get(problem__isnull=False, priority="P1")
    assert (ticket.category, ticket.assignee.username, ticket.state) == ("billing", "ann", "solved")
    assert list(ticket.notes.values_list("text", flat=True))[-1].startswith("Called the gate")
    assert rows("AuditEntry").get(action="ticket-details.read").subject == f"ticket {ticket.pk}"
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Charged twice")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", level=1)).to_contain_text("one answer overdue")
    assert faults == []


def test_the_help_lists_the_keys_and_turns_them_off(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['inbox']}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_label("Single keys are shortcuts").press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    page.keyboard.press("f")
    assert "Stuck at gate B7 for" not in focused(page)[:200] or page.evaluate(
        "document.activeElement === document.body"
    )
    show(page, f"{address}{PAGES['inbox']}")
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement === document.body"), "the choice stays"
    assert faults == []


def test_a_new_ticket_appears_without_a_reload_and_takes_nothing_away(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['inbox']}")
    page.evaluate("window.isTheSamePage = true")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    chosen = focused(page)
    assert "Charged twice" in chosen
    new = a_ticket(500, text="The lounge turned us away @user", due=-90)
    expect(page.locator(f"[data-ticket='{new.pk}']")).to_be_visible(timeout=15_000)
    assert "Charged twice" in focused(page), "the focus stays on its ticket"
    expect(page.locator("input[name=ticket]:checked")).to_have_count(1)
    expect(page.locator(".picked")).to_have_text("1 selected")
    expect(page.locator("#news")).to_have_text("1 new in the queue")
    assert page.locator("#queue .item").first.get_attribute("data-ticket") == str(new.pk)
    assert page.evaluate("window.isTheSamePage")
    assert faults == []
