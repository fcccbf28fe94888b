"""Every page in each of its states: published, nothing published, suppressed, store away and back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from conf.brand.rules import NO_BRAND
from conf.settings import Settings
from serving.dashboard import memory
from tests.serving.conftest import BRAND, ClientOf
from tests.serving.documents import (
    MONDAY,
    a_measurement,
    a_segment,
    a_segment_day,
    a_trend,
    publish,
    publish_everything,
    put_live,
)

PAGES = {
    "overview": f"/brands/{BRAND}",
    "sentiment": f"/brands/{BRAND}/sentiment",
    "segments": f"/brands/{BRAND}/segments",
    "topics": f"/brands/{BRAND}/topics",
    "cleaning": f"/brands/{BRAND}/cleaning",
    "alerts": f"/brands/{BRAND}/alerts",
    "operations": "/operations",
    "model": "/model",
}
"""The pages of published data; a segment's is one of them where the segment is there."""
OF_ONE = (f"/brands/{BRAND}/segments/s01", f"/brands/{BRAND}/topics/t01", f"/brands/{BRAND}/alerts/{1:016x}")
OF_PERSONS = {
    "influencers": f"/brands/{BRAND}/influencers",
    "network": f"/brands/{BRAND}/network",
    "cascades": f"/brands/{BRAND}/cascades",
}
"""Pages about persons, which are never shown again when the store is away."""
OTHERS = (
    *("/account", "/admin/users", "/admin/tokens", "/admin/audit", f"/brands/{BRAND}/profiles"),
    *(f"/brands/{BRAND}/influencers/{1:020x}", f"/brands/{BRAND}/cascades/{1:020x}"),
)
NO_STORE = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50"


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content[-2000:]
    assert response["Content-Type"] == "text/html; charset=utf-8"
    text: str = response.content.decode()
    assert "Traceback" not in text
    return text


def away(settings: Settings) -> Any:
    """The document store is not there."""
    store = settings.mongodb.model_copy(update={"uri": NO_STORE, "timeout_seconds": 1})
    return override_settings(BRANDPULSE=settings.model_copy(update={"mongodb": store}))


@pytest.mark.parametrize("path", [*PAGES.values(), *OF_PERSONS.values(), *OTHERS, *OF_ONE])
def test_a_page_shows_what_is_published(served: Settings, browser_of: ClientOf, path: str) -> None:
    publish_everything(served)
    text = text_of(browser_of("admin", "*"), path)
    assert "<h1>" in text
    assert 'class="empty"' not in text


@pytest.mark.parametrize("path", [*PAGES.values(), *OF_PERSONS.values()])
def test_a_page_says_that_nothing_is_published_yet(served: Settings, browser_of: ClientOf, path: str) -> None:
    assert 'class="empty"' in text_of(browser_of("admin"), path)


@pytest.mark.parametrize("path", [*PAGES.values(), *OF_PERSONS.values(), f"/brands/{BRAND}/profiles?purpose=x"])
def test_without_the_store_a_page_that_was_never_shown_is_unavailable(
    served: Settings, browser_of: ClientOf, path: str
) -> None:
    with away(served):
        assert "cannot be read right now" in text_of(browser_of("admin"), path, 503)


@pytest.mark.parametrize("path", PAGES.values())
def test_without_the_store_the_last_page_is_shown_as_stale_and_recovers(
    served: Settings, browser_of: ClientOf, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_everything(served)
    client = browser_of("admin")
    fresh = text_of(client, path)
    with away(served):
        stale = text_of(client, path)
    assert "The data store is unavailable. This is what the page showed" in stale
    assert "This is what the page showed" not in fresh
    is_measured = path == PAGES["operations"]  # "All is fresh" would be said of now
    title = "Nothing can be measured now" if is_measured else fresh.split("<h1>")[1].split("</h1>")[0]
    assert f"<h1>{title}</h1>" in stale
    monkeypatch.setattr(memory, "PAUSE_SECONDS", 0.0)
    assert "This is what the page showed" not in text_of(client, path)


def test_profiles_are_not_shown_again_when_the_store_is_away(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client, path = browser_of("admin"), f"/brands/{BRAND}/profiles?purpose=a+test"
    text_of(client, path)
    with away(served):
        text_of(client, path, 503)


def test_suppressed_figures_are_said_to_be_so(served: Settings, browser_of: ClientOf) -> None:
    publish(served, "trends", 1, a_trend(window="week", authors=None), a_trend(authors=None))
    client = browser_of()
    assert "Too few people wrote about Skyvarn this week" in text_of(client, PAGES["overview"])
    assert text_of(client, PAGES["overview"]).count("fewer than 100 authors") >= 2
    shown = text_of(client, f"{PAGES['sentiment']}?window=day&days=7")
    assert "Too few people wrote about Skyvarn" in shown
    assert "not shown" in shown
    assert "Choose a wider window or a longer time" in shown


def test_the_overview_names_the_change_the_reason_and_the_day(served: Settings, browser_of: ClientOf) -> None:
    def a_week(monday: Any, sentiment: float, delays: float) -> Any:
        ends: Any = {"sentiment_mean_low": sentiment - 0.01, "sentiment_mean_high": sentiment + 0.01}
        shares = [{"name": "delay", "share": delays}]
        return a_trend(monday, "week", 1000, sentiment_mean=sentiment, categories=shares, **ends)

    wednesday = MONDAY + timedelta(days=2)
    low: dict[str, Any] = {"sentiment_mean": 0.3, "sentiment_mean_low": 0.27, "sentiment_mean_high": 0.33}
    days = [a_trend(MONDAY), a_trend(wednesday, **low)]
    weeks = [a_week(MONDAY - timedelta(weeks=1), 0.48, 0.2), a_week(MONDAY, 0.42, 0.4)]
    publish(served, "trends", 1, *weeks, *days)
    assert (
        "<h1>Skyvarn lost six points this week, as complaints about delay rose from 20 to 40\N{NO-BREAK SPACE}%, "
        "most of all on Wednesday</h1>"
    ) in text_of(browser_of(), PAGES["overview"])


def test_the_overview_says_which_brand_got_worse(served: Settings, browser_of: ClientOf) -> None:
    def weeks(brand: str, *sentiments: float) -> Any:
        for place, each in enumerate(reversed(sentiments)):
            ends: Any = {"sentiment_mean_low": each - 0.01, "sentiment_mean_high": each + 0.01}
            yield a_trend(MONDAY - timedelta(weeks=place), "week", 1000, brand=brand, sentiment_mean=each, **ends)

    publish(served, "trends", 1, *weeks(BRAND, 0.5, 0.4), *weeks("northquill", 0.5, 0.51))
    text = text_of(browser_of("viewer", "*"), PAGES["overview"]).split('id="beside-title"')[1]
    assert '<span class="worse">−10</span>' in text
    assert '<span class="neither">+1</span>' in text


def test_a_past_week_shows_the_segments_as_they_were(served: Settings, browser_of: ClientOf) -> None:
    before = MONDAY - timedelta(weeks=1)
    publish(served, "trends", 1, *(a_trend(at, window) for at in (before, MONDAY) for window in ("day", "week")))
    publish(served, "segments", 1, a_segment(1, complaint_share=0.61), a_segment(2, name="Young", complaint_share=0.5))
    days = {before - timedelta(weeks=1): 0.2, before + timedelta(days=6): 0.33, MONDAY: 0.61}
    publish(served, "segment_history", 1, *(a_segment_day(day, complaint_share=share) for day, share in days.items()))
    now, then = (text_of(browser_of(), f"{PAGES['overview']}{query}") for query in ("", f"?week={before:%Y-%m-%d}"))
    assert ("61\N{NO-BREAK SPACE}%" in now, "61\N{NO-BREAK SPACE}%" in then) == (True, False)
    part = then.split('id="who-title"')[1].split("</section>")[0]
    assert "Today’s segments as they were on 3 May" in part
    assert ("33\N{NO-BREAK SPACE}%" in part, "+13" in part, "Young" in part) == (True, True, False)
    note = "not of the week of 27 April"
    assert f"?week={before:%Y-%m-%d}" in part, "the link to all segments keeps the week"
    assert note in text_of(browser_of(), f"{PAGES['segments']}?week={before:%Y-%m-%d}")
    assert note not in text_of(browser_of(), PAGES["segments"])


def test_a_page_is_of_one_run(served: Settings, browser_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is published while the overview is read does not get into it."""
    from serving.dashboard import overview
    from serving.readers.changes import read_changes

    weeks = [MONDAY - timedelta(weeks=1), MONDAY]
    publish(served, "trends", 1, *(a_trend(at, window, tweet_count=111) for at in weeks for window in ("day", "week")))

    def read_and_publish(*given: Any) -> Any:
        found = read_changes(*given)
        new = [a_trend(at, window, tweet_count=222) for at in weeks for window in ("day", "week")]
        publish(served, "trends", 2, *new)
        return found

    monkeypatch.setattr(overview, "read_changes", read_and_publish)
    text = text_of(browser_of(), PAGES["overview"])
    assert "111 tweets" in text
    assert "222" not in text


def test_a_week_without_tweets_is_said_to_be_one(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    assert "Nobody wrote about Skyvarn in that week" in text_of(browser_of(), f"{PAGES['overview']}?week=2025-01-06")


@pytest.mark.parametrize("query", ["days=5", "days=x", "week=monday", "week=2026-13-01"])
def test_a_filter_that_does_not_exist_is_an_error(served: Settings, browser_of: ClientOf, query: str) -> None:
    publish_everything(served)
    assert query.split("=", maxsplit=1)[0] in text_of(browser_of(), f"{PAGES['overview']}?{query}", 400)


def test_who_may_not_export_sees_no_links_to_exports(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    publish(served, "segments", 8, a_segment(complaint_share=0.2, sentiment_mean=0.4))
    for path in PAGES.values():
        assert ".csv" not in text_of(browser_of("viewer"), path)
    assert text_of(browser_of("analyst"), PAGES["overview"]).count(".csv") >= 2


def test_every_link_to_an_export_leads_to_one(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("admin")
    for path in (*PAGES.values(), f"/brands/{BRAND}/segments/s01"):
        links = {part.split('"')[0] for part in text_of(client, path).split('href="') if ".csv" in part.split('"')[0]}
        assert links, path
        for link in links:
            response = client.get(link.replace("&amp;", "&"))
            assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8"), link


def test_no_page_has_inline_code_or_a_foreign_address(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("admin", "*")
    for path in (*PAGES.values(), *OTHERS, f"/brands/{BRAND}/segments/s01"):
        text = text_of(client, path)
        scripts = [part.split(">")[0] for part in text.split("<script")[1:]]
        assert all('src="/assets/' in each or 'type="application/json"' in each for each in scripts), scripts
        assert " style=" not in text
        assert " onclick=" not in text
        own, named = ("/", "#", "?"), "https://x.com/"  # pages of persons link to their tweets
        for name, allowed in {"href": (*own, named), "src": own, "action": own}.items():
            addresses = [part.split('"')[0] for part in text.split(f'{name}="')[1:]]
            assert [each for each in addresses if not each.startswith(allowed)] == [], path


def test_the_live_tile_says_which_run_is_published_and_whether_the_store_is_away(
    served: Settings, browser_of: ClientOf
) -> None:
    publish_everything(served, run=9)
    client, path = browser_of(), f"/brands/{BRAND}/now"
    with away(served):
        assert 'data-stale="yes"' in text_of(client, path), "also before it was read"
    memory.MEMORY.forget()
    fresh = text_of(client, path)
    assert 'data-run="9"' in fresh
    assert 'data-stale="no"' in fresh
    assert "0.8 <small>tweets/min" in fresh
    with away(served):
        assert 'data-stale="yes"' in text_of(client, path)


@pytest.mark.parametrize("sentiment", [None, 0.55])
def test_a_quiet_brand_has_a_live_tile_without_a_newest_tweet(
    served: Settings, browser_of: ClientOf, sentiment: float | None
) -> None:
    publish_everything(served)
    nothing = {"tweet_count": 0, "per_minute": 0.0, "lag_seconds": None, "newest_at": None}
    put_live(served, BRAND, **nothing, sentiment=sentiment)
    client = browser_of()
    shown = "no tweet in the last five minutes" if sentiment else "fewer than 100 authors this hour"
    for path in (f"/brands/{BRAND}", f"/brands/{BRAND}/now"):
        assert shown in text_of(client, path)


def test_the_chosen_theme_is_in_the_page(served: Settings, browser_of: ClientOf) -> None:
    client = browser_of()
    assert "data-theme=" not in text_of(client, "/account")
    client.cookies["theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in text_of(client, "/account")
    client.cookies["theme"] = '"><script>'
    assert "data-theme=" not in text_of(client, "/account")


def test_an_archive_of_last_year_is_shown_up_to_its_newest_tweet(served: Settings, browser_of: ClientOf) -> None:
    old = MONDAY - timedelta(weeks=40)
    windows = [a_trend(old + timedelta(days=day), "day") for day in range(7)]
    hours = [a_trend(old, "hour"), a_trend(old + timedelta(days=6), "hour")]
    publish(served, "trends", 7, *windows, *hours, a_trend(old, "week"), a_trend(old, "week", brand="unassigned"))
    text = text_of(browser_of("analyst", "*"), f"/brands/{BRAND}/sentiment?days=7")
    assert "Sentiment of Skyvarn stayed at 40 and ended at 40" in text
    assert f"last=7d&amp;to={(old + timedelta(days=6, hours=1)):%Y-%m-%d}" in text


def test_tweets_without_a_brand_are_not_shown_beside_other_brands(served: Settings, browser_of: ClientOf) -> None:
    publish(served, "trends", 7, a_trend(window="week"), *(a_trend(window="week", brand=b) for b in ("moon", NO_BRAND)))
    client = browser_of("analyst", "*")
    shown = [text_of(client, f"/brands/{BRAND}{page}").split("<main")[1] for page in ("", "/sentiment")]
    assert all("Moon" in each and "Unassigned" not in each for each in shown)
    assert "Unassigned" in text_of(client, f"/brands/{NO_BRAND}").split("<main")[1]


def test_a_brand_that_nobody_knows_is_not_found(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    assert "There is no brand nosuch" in text_of(browser_of("admin", "*"), "/brands/nosuch", 404)
    assert "Nothing is published about Nosuch yet" in text_of(browser_of("viewer", "nosuch"), "/brands/nosuch")
    memory.MEMORY.forget()
    with away(served):
        assert "cannot be read right now" in text_of(browser_of("admin", "*"), "/brands/nosuch", 503)


def test_any_day_chooses_its_week_and_a_later_week_has_no_figures_yet(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of()
    monday, friday = (text_of(client, f"/brands/{BRAND}?week={day}") for day in ("2026-05-04", "2026-05-08"))
    assert monday.split("<main")[1] == friday.split("<main")[1].replace("2026-05-08", "2026-05-04")
    assert "That week has no figures yet" in text_of(client, f"/brands/{BRAND}?week=2031-01-01")


def test_a_week_long_ago_is_named_by_its_date(served: Settings, browser_of: ClientOf) -> None:
    publish(served, "trends", 7, *(a_trend(MONDAY - timedelta(weeks=each), "week") for each in (30, 31)))
    assert "Skyvarn was steady in the week of 6 October" in text_of(browser_of(), f"/brands/{BRAND}")
    publish(served, "trends", 8, *(a_trend(MONDAY - timedelta(weeks=each), "week") for each in (0, 1)))
    assert "Skyvarn was steady this week" in text_of(browser_of(), f"/brands/{BRAND}")


def test_operations_says_by_when_the_oldest_erasure_is_due(served: Settings, browser_of: ClientOf) -> None:
    waiting = [a_measurement("erasure", "due", value=3), a_measurement("erasure", "oldest due", value=3.5)]
    publish(served, "operations", 7, a_measurement(value=1.0), *waiting)
    text = text_of(browser_of("admin", "*"), "/operations")
    assert "the first by 11 May, 20:30 UTC" in text
    assert "3 erasures wait, none overdue" in text
