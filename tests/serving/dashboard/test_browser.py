"""The dashboard in a browser: every page at three widths in both themes, by keyboard, printed, and when the store dies.

A page fails on an error in the console, on a request to anybody else, on what axe calls serious, and when it is wider
than the window. `make screenshots` takes the pictures of the docs, into the folder that BRANDPULSE_SCREENSHOTS names.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from conf.settings import Settings
from tests.serving.conftest import BRAND, PASSWORD
from tests.serving.dashboard import world
from tests.serving.desk import desk_world

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
OFFLINE = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
WIDTHS = (360, 1024, 1920)
PAGES = {
    "overview": f"/brands/{BRAND}",
    "sentiment": f"/brands/{BRAND}/sentiment?compare=northquill",
    "segments": f"/brands/{BRAND}/segments",
    "segment": f"/brands/{BRAND}/segments/s01",
    "topics": f"/brands/{BRAND}/topics",
    "topic": f"/brands/{BRAND}/topics/t01",
    "cleaning": f"/brands/{BRAND}/cleaning",
    "alerts": f"/brands/{BRAND}/alerts",
    "alert": f"/brands/{BRAND}/alerts/{1:016x}",
    "alert rules": f"/brands/{BRAND}/alerts/rules",
    "profiles": f"/brands/{BRAND}/profiles?purpose=a+test",
    "influencers": f"/brands/{BRAND}/influencers",
    "influencer": f"/brands/{BRAND}/influencers/{1:020x}",
    "network": f"/brands/{BRAND}/network",
    "cascades": f"/brands/{BRAND}/cascades",
    "cascade": f"/brands/{BRAND}/cascades/{1:020x}",
    "inbox": f"/brands/{BRAND}/inbox",
    "ticket": f"/brands/{BRAND}/inbox/next",
    "problems": f"/brands/{BRAND}/problems",
    "problem": f"/brands/{BRAND}/problems/1",
    "routing": f"/brands/{BRAND}/routing",
    "desk report": f"/brands/{BRAND}/desk-report",
    "operations": "/operations",
    "model": "/model",
    "users": "/admin/users",
    "tokens": "/admin/tokens",
    "audit": "/admin/audit",
    "account": "/account",
}
PICTURES, MOST_BYTES = ("overview", "sentiment", "segments", "operations", "inbox", "ticket"), 300_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: `make setup-system` installs it")


class Quiet(WSGIRequestHandler):
    def log_message(self, *given: Any) -> None:
        """Nothing: a log of requests is noise in a test."""


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def process_request_thread(self, *given: Any) -> None:
        super().process_request_thread(*given)
        connections.close_all()


@pytest.fixture
def address(browser: Browser, served: Settings) -> Iterator[str]:
    """The dashboard over the invented world, served to one admin called ann."""
    from serving.accounts.changes import create_user, grant_role
    from serving.accounts.roles import Role

    world.publish(served)
    people = {name: create_user(name, PASSWORD) for name in ("ann", "ben")}
    grant_role(people["ann"], Role.ADMIN, "*")
    grant_role(people["ben"], Role.AGENT, BRAND)
    desk_world.fill(people)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Threaded, Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with override_settings(ALLOWED_HOSTS=["127.0.0.1"]):
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright runs an event loop in this thread, in which Django would refuse to ask its database."""
    with sync_playwright() as started, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        found = started.chromium.launch(executable_path=CHROMIUM, args=[*OFFLINE])
        yield found
        found.close()


def signed_in(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    """A page of a user who has signed in through the form, and what it complains about."""
    page, faults = browser.new_context(**options).new_page(), list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(address) else faults.append(f"asks {asked.url}"))
    page.goto(address)
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    return page, faults


def show(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_every_page_is_sound_at_every_width(browser: Browser, address: str, theme: Any) -> None:
    page, faults = signed_in(browser, address, color_scheme=theme, bypass_csp=False)
    for name, path in PAGES.items():
        show(page, f"{address}{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{name} is wider than {width}")
        found = Axe().run(page, options=RULES).response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        faults += [f"{name}: {each['id']} {node['html']}" for each in serious for node in each["nodes"]]
    assert not faults, "\n".join(faults)


def test_a_chart_that_is_not_drawn_anew_makes_no_page_wider(browser: Browser, address: str) -> None:
    """A drawing keeps its width until the browser reports the new one: until then its frame cuts it off."""
    page, _ = signed_in(browser, address)
    page.add_init_script("window.ResizeObserver = class { observe() {} }")
    for name in ("overview", "segment", "model"):
        page.set_viewport_size({"width": 1920, "height": 900})
        show(page, f"{address}{PAGES[name]}")
        page.set_viewport_size({"width": 360, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("[data-chart='map-data'] text")]
    .filter((each) => each.textContent.length > 12).map((each) => [each.textContent, each.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  return boxes.flatMap(([name, a], place) =>
    boxes.slice(place + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${name} / ${other}`));
}"""


def test_no_name_on_the_map_covers_another(browser: Browser, address: str) -> None:
    page, _ = signed_in(browser, address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for against in ("complaint_share", "night_share"):
            show(page, f"{address}{PAGES['segments']}?against={against}")
            assert page.evaluate(OVERLAPS) == [], f"at {width} against {against}"


def test_a_chart_is_drawn_on_paper_too(browser: Browser, address: str) -> None:
    page, _ = signed_in(browser, address)
    show(page, f"{address}{PAGES['overview']}")
    page.emulate_media(media="print")
    box = page.locator("[data-chart] svg").first.bounding_box()
    assert box is not None
    assert box["height"] > 80, box


def test_what_changed_is_followed_to_an_export_by_keyboard_alone(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['overview']}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    def reach(name: str) -> None:
        """Tab to the next link whose name contains the text, and follow it."""
        for _ in range(120):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent")
            if name in focused:
                return page.keyboard.press("Enter")
        raise AssertionError(f"no link {name} can be reached by Tab")

    reach("about Sentiment")
    page.wait_for_url("**/sentiment?figure=sentiment_mean")
    reach("Segments")
    page.wait_for_url("**/segments")
    reach("Critics of delays")
    page.wait_for_url("**/segments/s01")
    with page.expect_download() as download:
        reach("CSV of Sentiment of the segment")
    assert download.value.suggested_filename == f"{BRAND}-s01-segment-history.csv"
    assert faults == []


def test_an_alert_is_followed_to_a_topic_a_segment_and_an_export_by_keyboard_alone(
    browser: Browser, address: str
) -> None:
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['alerts']}")

    def reach(name: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if name in page.evaluate(
                "document.activeElement.matches('a, button') ? document.activeElement.textContent : ''"
            ):
                return page.keyboard.press("Enter")
        raise AssertionError(f"no link {name} can be reached by Tab")

    reach("Many tweets")
    page.wait_for_url(f"**/alerts/{1:016x}")
    reach("Delay, gate, hour")
    page.wait_for_url("**/topics")
    reach("Delay, gate, hour")
    page.wait_for_url("**/topics/t01")
    reach("Critics of delays")
    page.wait_for_url("**/segments/s01")
    with page.expect_download():
        reach("CSV of Sentiment of the segment")
    assert faults == []


def test_a_marketer_finds_whom_to_talk_to_about_delays_by_keyboard(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['influencers']}")
    page.get_by_label("Topic").focus()
    page.keyboard.press("d")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/influencers?topic=delay*")
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("Talk to @public_otter_1 first about delay: rank 1, between 1 and 3")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "@public_otter_1":
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**/influencers/00000000000000000001")
    expect(page.get_by_role("heading", name="Why this rank")).to_be_visible()
    assert faults == []


def test_the_chosen_theme_stays(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address, color_scheme="light")
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    show(page, f"{address}/operations")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="Light", exact=True).click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    assert faults == []


def test_a_write_that_hurts_is_asked_for_first(browser: Browser, address: str) -> None:
    page, faults = signed_in(browser, address)
    page.goto(f"{address}/account")
    page.get_by_label("What is it for?").fill("report")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("code")).to_have_count(1)
    page.reload()
    expect(page.locator("code")).to_have_count(0)
    expect(page.get_by_role("row", name="report")).to_have_count(1)
    page.get_by_role("button", name="Revoke report").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("revoked", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Revoke report").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("revoked", exact=True)).to_have_count(1)
    assert faults == []


@pytest.mark.skipif("BRANDPULSE_SCREENSHOTS" not in os.environ, reason="only `make screenshots` takes pictures")
def test_the_pictures_of_the_docs_are_taken(browser: Browser, address: str) -> None:
    folder = Path(os.environ["BRANDPULSE_SCREENSHOTS"])
    page, _ = signed_in(browser, address, viewport={"width": 1280, "height": 860})
    for name in PICTURES:
        show(page, f"{address}{PAGES[name]}")
        picture = page.screenshot(path=folder / f"{name}.png")
        assert len(picture) <= MOST_BYTES, f"{name} has {len(picture):,} bytes"


def test_the_overview_prints_on_one_page(browser: Browser, address: str) -> None:
    page, _ = signed_in(browser, address)
    show(page, f"{address}{PAGES['overview']}")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_an_open_page_says_that_the_store_is_away_and_when_it_is_back(
    browser: Browser, address: str, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.dashboard import memory

    monkeypatch.setattr(memory, "PAUSE_SECONDS", 0.1)
    page, faults = signed_in(browser, address)
    show(page, f"{address}{PAGES['overview']}")
    note = page.locator("#away")
    expect(note).to_be_hidden()
    gone = served.mongodb.model_copy(
        update={"uri": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50", "timeout_seconds": 1}
    )
    with override_settings(BRANDPULSE=served.model_copy(update={"mongodb": gone})):
        expect(note).to_be_visible(timeout=15_000)
    expect(note).to_be_hidden(timeout=15_000)
    assert faults == []
