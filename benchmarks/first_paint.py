"""When a page of the dashboard first shows its content in a browser, and when its charts are drawn."""

import shutil
from collections.abc import Mapping
from statistics import median

from playwright.sync_api import Page, sync_playwright

LOADS = 7
OFFLINE = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
"""Milliseconds since the request began (W3C Paint Timing)."""
DRAWN = "() => !document.querySelector('[data-chart]:not([data-drawn])')"


def measure_first_paint(
    address: str, user: str, password: str, pages: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """{page: median and maximum milliseconds until the first paint, median until the charts are drawn} of LOADS loads.

    The first load of each page, which fills the browser's cache, is left out. RuntimeError without Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("no chromium: `make setup-system` installs it")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=[*OFFLINE])
        page = browser.new_page()
        page.goto(address)
        page.get_by_label("Name").fill(user)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("navigation", name="Main").wait_for()
        found = {name: [load(page, address + path) for _ in range(1 + LOADS)][1:] for name, path in pages.items()}
        browser.close()
    return {
        name: {
            "paint_ms": median(paint for paint, _ in times),
            "slowest_paint_ms": max(paint for paint, _ in times),
            "drawn_ms": median(drawn for _, drawn in times),
        }
        for name, times in found.items()
    }


def load(page: Page, url: str) -> tuple[float, float]:
    """Milliseconds until the first paint and until the charts are drawn."""
    page.goto(url, wait_until="load")
    page.wait_for_function(DRAWN)
    drawn = float(page.evaluate("performance.now()"))
    return float(page.evaluate(PAINT)), drawn
