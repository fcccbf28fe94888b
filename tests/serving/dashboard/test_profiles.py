"""Profiles on pages: only for a stated purpose, recorded, never in full."""

from conf.settings import Settings
from tests.serving.conftest import BRAND, ClientOf, rows
from tests.serving.documents import a_profile, publish, publish_everything

PATH = f"/brands/{BRAND}/profiles"
KEY = f"{1:064x}"


def test_nothing_is_shown_or_recorded_before_a_purpose_is_stated(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("analyst")
    for path in (PATH, f"{PATH}/{KEY}", f"{PATH}?purpose=+"):
        text = client.get(path).content.decode()
        assert "What do you need the profiles for?" in text
        assert KEY[:12] not in text.replace(path, "")
    assert rows("AuditEntry").filter(action__startswith="profiles").count() == 0


def test_each_look_is_recorded_with_its_purpose(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    client = browser_of("analyst")
    assert client.get(f"{PATH}?purpose=complaint+4711").status_code == 200
    assert client.get(f"{PATH}/{KEY}?purpose=complaint+4711").status_code == 200
    entries = rows("AuditEntry").filter(action__startswith="profiles").order_by("id")
    assert [(each.action, each.brand, each.subject, each.purpose) for each in entries] == [
        ("profiles.list", BRAND, "", "complaint 4711"),
        ("profiles.read", BRAND, KEY, "complaint 4711"),
    ]


def test_the_list_has_pages_of_one_run(served: Settings, browser_of: ClientOf) -> None:
    publish(served, "author_profiles", 1, *(a_profile(number << 200) for number in range(1, 61)))
    client, seen, path = browser_of("analyst"), list[str](), f"{PATH}?purpose=x"
    while path:
        text = client.get(path).content.decode()
        seen += [part.split("?")[0] for part in text.split(f'href="{PATH}/')[1:]]
        link = text.split('class="button" href="')[1:]
        path = f"{PATH}{link[0].split(chr(34))[0].replace('&amp;', '&')}" if link else ""
    assert len(seen) == len(set(seen)) == 60


def test_an_author_who_is_not_there_is_404(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    assert browser_of("analyst").get(f"{PATH}/{'f' * 64}?purpose=x").status_code == 404


def test_a_cursor_of_a_run_that_is_no_longer_kept_is_gone(served: Settings, browser_of: ClientOf) -> None:
    publish_everything(served)
    assert browser_of("analyst").get(f"{PATH}?purpose=x&cursor=3~skyvarn:").status_code == 410
