"""What may explain a step in a series."""

from datetime import timedelta

from conf.settings import Settings
from serving.readers.timeline import read_timeline
from tests.serving.documents import MONDAY, a_measurement, publish

DAY = timedelta(days=1)


def test_gaps_and_new_versions_of_the_annotator_are_found_in_their_time(served: Settings) -> None:
    drift = [
        a_measurement("drift_day", str(place), started_at=MONDAY + place * DAY, ended_at=MONDAY, detail=version)
        for place, version in enumerate(["2", "2", "3"])
    ]
    gap = a_measurement("collection_gap", "1", started_at=MONDAY, ended_at=MONDAY + DAY, detail="stream lost: down")
    publish(served, "operations", 1, *drift, gap)
    found = read_timeline(served, MONDAY, MONDAY + 7 * DAY)
    assert [(row["kind"], row["at"], row["text"]) for row in found] == [
        ("gap", MONDAY, "stream lost: down"),
        ("model", MONDAY + 2 * DAY, "annotator 3"),
    ]
    assert read_timeline(served, MONDAY - 7 * DAY, MONDAY - DAY) == []
