"""An incident is one message when it opens and one when it has ended, to each target that wants it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conf.settings import Settings, load_settings
from tests.serving.alerts.incidents import BRAND, HOUR, NOON, a_brand, an_incident, write_alerts

TakeIn = Callable[..., int]


@pytest.fixture
def lake(database: None, tmp_path: Path) -> Settings:
    return load_settings(overrides={"home": str(tmp_path)})


@pytest.fixture
def take_in(lake: Settings) -> TakeIn:
    """`take_in(hours, row, …)`: write the rows and look, so many hours after noon; without rows only look."""
    from serving.alerts.intake import AlertIntake

    intake = AlertIntake(lake, {BRAND: a_brand().alert_targets})

    def look(hours: float, *rows: dict[str, Any]) -> int:
        if rows:
            write_alerts(lake, *rows)
        return intake.take_in(NOON + timedelta(hours=hours))

    return look


def queued() -> list[tuple[str, str]]:
    """(target, call) of every delivery."""
    from serving.desk.models import Delivery

    return list(Delivery.objects.order_by("id").values_list("target", "call"))


OPENED = [(f"{BRAND}/operations", "alert_opened"), (f"{BRAND}/chat", "alert_opened")]
ENDED = [(f"{BRAND}/operations", "alert_ended"), (f"{BRAND}/chat", "alert_ended")]


def test_an_incident_is_sent_once_to_each_target_that_takes_its_kind(take_in: TakeIn, lake: Settings) -> None:
    from serving.alerts.intake import AlertIntake

    assert take_in(0, an_incident()) == 1
    assert take_in(0.1, an_incident(observed=500.0)) == 0
    assert AlertIntake(lake, {BRAND: a_brand().alert_targets}).take_in(NOON) == 0, "after a restart"
    assert queued() == OPENED
    assert take_in(0.2, an_incident(), an_incident(2, kind="complaint_surge")) == 1
    assert queued()[2:] == [*OPENED, (f"{BRAND}/care", "alert_opened")]


def test_its_end_is_sent_once_when_its_quiet_time_is_over(take_in: TakeIn) -> None:
    take_in(0, an_incident())
    ended = an_incident(lasts=30)
    assert take_in(1, ended) == 0
    assert take_in(2.5, an_incident(lasts=None, as_of=NOON + 2.5 * HOUR)) == 0, "it came back: still the same one"
    again = an_incident(lasts=160)
    assert take_in(4, again) == 0
    assert take_in(4.8) == 1
    assert take_in(9) == 0
    assert queued() == [*OPENED, *ENDED]
    assert take_in(10, again, an_incident(2, minutes=600)) == 1, "it is armed again"


def test_a_rule_has_its_own_quiet_time_and_its_own_name(take_in: TakeIn) -> None:
    from serving.alerts.changes import add_rule_version, parse_rule
    from serving.alerts.models import AlertNotice

    form = {"name": "Very many", "figure": "tweets", "comparison": "above", "threshold": "9", "min_tweets": "1"}
    rule = add_rule_version(parse_rule(BRAND, form | {"quiet_minutes": "300"}), "ann")
    take_in(0, an_incident(kind="rule", rule_id=rule.rule_id, lasts=10))
    assert take_in(4) == 0
    assert take_in(5.5) == 1
    assert [notice.facts["title"] for notice in AlertNotice.objects.all()] == ["Very many"] * 2


def test_the_incidents_that_a_first_run_finds_in_past_weeks_are_no_news(take_in: TakeIn) -> None:
    assert take_in(7, an_incident(lasts=30), an_incident(2, lasts=None, as_of=NOON + 7 * HOUR)) == 1
    assert [call for _, call in queued()] == ["alert_opened"] * 2


def test_a_new_topic_has_no_end_and_another_brands_alert_no_target(take_in: TakeIn) -> None:
    rows = an_incident(kind="new_topic", lasts=0), an_incident(2, brand="northquill")
    assert (take_in(0, *rows), take_in(5)) == (1, 0)


def test_a_lake_without_alerts_has_nothing_to_send(take_in: TakeIn) -> None:
    assert take_in(0) == 0


def test_what_is_sent_names_no_author_and_quotes_no_tweet(take_in: TakeIn) -> None:
    """The columns that are read are those of the aggregate table; none has a text or a key."""
    from conf.schemas.alerts import GOLD_ALERTS
    from serving.alerts.models import AlertNotice
    from serving.alerts.notices import COLUMNS

    take_in(0, an_incident())
    assert set(COLUMNS) <= set(GOLD_ALERTS.fieldNames())
    (notice,) = AlertNotice.objects.all()
    assert set(notice.facts) == {*COLUMNS, "title"} - {"alert_id", "brand", "rule_id", "as_of"}
    assert datetime.fromisoformat(notice.facts["started_at"]) == NOON
