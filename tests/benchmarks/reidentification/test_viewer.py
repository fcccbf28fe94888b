"""What the attacks read of the pages."""

import pytest

from benchmarks.reidentification.attacks import Person, find_named
from benchmarks.reidentification.viewer import Viewer
from conf.settings import Settings
from tests.serving.conftest import BRAND, database, django, served  # noqa: F401 (fixtures)
from tests.serving.documents import MONDAY, a_segment, publish, publish_everything


@pytest.fixture
def viewer(served: Settings, monkeypatch: pytest.MonkeyPatch) -> Viewer:  # noqa: F811 (the fixture)
    monkeypatch.setattr("benchmarks.reidentification.viewer.set_up", lambda settings: None)
    monkeypatch.setattr("benchmarks.reidentification.viewer.prepare_database", lambda settings: None)
    publish_everything(served)
    return Viewer(served)


def test_the_charts_of_every_page_are_read_and_searched(viewer: Viewer) -> None:
    shown = viewer.read_pages(BRAND)
    assert {"page", "chart"} == {key for each in shown for key in each}
    assert len([each for each in shown if "page" in each]) == 3 + len(viewer._rows(f"{BRAND}/segments"))
    known = Person("k", ("nobody",), {}, (), (MONDAY,))
    assert find_named(shown, [known]) == {"k"}


def test_a_name_on_a_page_is_found(viewer: Viewer, served: Settings) -> None:  # noqa: F811 (the fixture)
    publish(served, "segments", 8, a_segment(name="Ann of Skyvarn"))
    assert find_named(viewer.read_pages(BRAND), [Person("k", ("ann of skyvarn",), {})]) == {"k"}
