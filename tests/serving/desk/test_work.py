"""The desk's process: once, beside another one, with a routing that cannot work, and until it is told to end."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from django.conf import settings as django_settings

from conf.brand.files import Brand, parse_brand
from conf.command_line import Options
from conf.settings import Settings, load_settings
from runtime.errors import ServiceUnavailable, UsageError
from runtime.resources import PROJECT
from tests.conftest import job_environment
from tests.serving.desk.candidates import a_candidate, key
from tests.serving.desk.test_intake import append


@pytest.fixture
def lake(database: None, tmp_path: Path) -> Settings:
    """A lake with candidates of two commits; the desk's database is that of the tests."""
    changes = {"take_in_tickets": {"poll_seconds": 0.05}, "find_complaints": {"max_age_days": 36500}}
    settings = load_settings(overrides={"home": str(tmp_path), **changes})
    for number in (1, 2):
        append(f"{settings.lake.path}/gold/ticket_candidates", a_candidate(number, number))
    return settings


def test_once_takes_everything_in_and_carries_out_erasures(lake: Settings) -> None:
    from serving.desk import erasures
    from serving.desk.models import Comment, Ticket
    from serving.desk.work import DeskProcess

    erasures.request([key("tweet", 2)], datetime.now(UTC))
    DeskProcess(lake, None).run_once()
    assert Ticket.objects.count() == 1
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["", "My suitcase is lost, number 1"]
    assert Ticket.objects.get().is_breached, "its answer was due in May"


def test_once_carries_out_all_erasures(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.desk import erasures
    from serving.desk.models import Erasure
    from serving.desk.work import DeskProcess

    monkeypatch.setattr(erasures, "CHUNK", 2)
    erasures.request([key("tweet", number) for number in range(15)], datetime.now(UTC))
    DeskProcess(lake, None).run_once()
    assert not Erasure.objects.filter(erased_at=None).exists()


def test_it_works_until_it_is_told_to_end(lake: Settings) -> None:
    from serving.desk.models import Ticket
    from serving.desk.work import DeskProcess

    stop = threading.Event()
    working = threading.Thread(target=DeskProcess(lake, None).run_until, args=(stop,))
    working.start()
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    while Ticket.objects.count() < 2 and datetime.now(UTC) < deadline:
        stop.wait(0.05)
    stop.set()
    working.join(30)
    assert not working.is_alive()
    assert Ticket.objects.count() == 2


def test_a_fault_in_a_loop_ends_the_process(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.desk import work

    def fail(*_: object) -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(work, "take_in_candidates", fail)
    with pytest.raises(OSError, match="the disk is full"):
        work.DeskProcess(lake, None).run_until(threading.Event())


def test_a_brands_rule_that_can_never_match_is_named(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.desk import work

    text = "desk: {teams: {a: {}}, rules: [{name: x, team: a}, {name: y, team: a}]}"
    brands: dict[str, Brand] = {"acme": parse_brand(text, "acme.yaml")}
    monkeypatch.setattr(work, "read_brands", lambda: brands)
    with pytest.raises(UsageError, match=r"^conf/brands/acme.yaml: desk: rule y is shadowed: x takes"):
        work.check_routing()


def test_the_desk_does_not_work_while_a_rotation_of_the_author_key_has_not_ended(lake: Settings) -> None:
    from serving.desk import process

    state = {"hop": ["rotate_author_key"], "is_rotating": [True]}
    place = f"{lake.lake.path}/ops/pipeline_state"
    write_deltalake(place, pa.table(state))
    once = Options(env=None, brand=None, as_of=datetime.now(UTC), run_id=1, dry_run=False, full=False)
    with pytest.raises(UsageError, match="a rotation of the author key was interrupted"):
        process.run(lake, replace(once, extra={"once": True}))


def test_the_job_ends_with_a_sentence_without_its_secret_and_needs_no_spark(tmp_path: Path) -> None:
    given = {
        "BRANDPULSE__HOME": str(tmp_path),
        "BRANDPULSE__DISPATCH_TICKETS__ADAPTER": "webhook",
        "BRANDPULSE__DISPATCH_TICKETS__URL": "https://desk.example/hook",
    }
    command = [sys.executable, "-m", "jobs.dispatch_tickets", "--once"]
    done = subprocess.run(
        command, cwd=PROJECT, env=job_environment() | given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "BRANDPULSE_WEBHOOK_SECRET is not set in the environment; the help desk that" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"adapter": "webhook"}, "adapter webhook needs a url"),
        ({"adapter": "zendesk", "url": "https://a.zendesk.com"}, "adapter zendesk needs zendesk_user"),
        ({"url": "http://desk.example"}, "is no address such as https"),
        ({"url": "https://me:pw@desk.example"}, "must not contain a user or a password"),
    ],
)
def test_a_help_desk_that_cannot_work_is_a_wrong_setting(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        load_settings(overrides={"dispatch_tickets": changes})


def test_the_desk_process_imports_no_spark(django: None) -> None:
    script = (
        "import sys\nfrom conf.settings import load_settings\nfrom serving.settings import set_up\n"
        f"set_up(load_settings(overrides={{'home': {str(django_settings.BRANDPULSE.home)!r}}}))\n"
        "import serving.desk.work, serving.desk.process\nprint(sorted({'pyspark', 'py4j'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_database_that_does_not_answer_ends_it_in_one_sentence(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from serving.desk.work import DeskProcess

    def locked(_: datetime) -> int:
        raise OperationalError("database is locked")

    desk = DeskProcess(lake, None)
    monkeypatch.setattr(desk, "take_in", locked)
    with pytest.raises(ServiceUnavailable, match=r"database did not answer \(database is locked\): start again"):
        desk.run_until(threading.Event())
