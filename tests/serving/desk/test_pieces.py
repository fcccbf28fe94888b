"""The desk reads the lake in bounded pieces: a kill between two of them loses and doubles nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from django.test import override_settings

from conf.settings import Settings, load_settings
from pipelines.sources import lake_feed
from pipelines.sources.lake_feed import Position, read_feed
from tests.serving.desk.candidates import NOON, a_candidate
from tests.serving.desk.test_intake import append

BOUND, FILES, PER_FILE = 4, 3, 7
NAME = "gold.ticket_candidates"


@pytest.fixture
def lake(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Three commits of seven complaints each, more than a piece has."""
    monkeypatch.setattr(lake_feed, "MOST_ROWS", BOUND)
    settings = load_settings(overrides={"home": str(tmp_path)})
    for file in range(FILES):
        append(place(settings), *(a_candidate(number, number) for number in numbers(file)))
    with override_settings(BRANDPULSE=settings):
        yield settings


def place(settings: Settings) -> str:
    return f"{settings.lake.path}/gold/ticket_candidates"


def numbers(file: int) -> range:
    return range(1 + file * PER_FILE, 1 + (file + 1) * PER_FILE)


def read_all(settings: Settings, after: Position | None, **given: Any) -> list[list[str]]:
    """The tweets of each piece."""
    pieces = []
    while changes := read_feed(settings, NAME, ("tweet_id", "created_at"), after, **given):
        if changes.position == after:
            break
        after = changes.position
        pieces.append([row["tweet_id"] for row in changes.rows])
    return pieces


def tweets() -> list[int]:
    from serving.desk.models import Ticket

    return sorted(int(each) for each in Ticket.objects.values_list("comments__tweet_id", flat=True))


def test_no_piece_of_the_first_read_is_larger_than_the_bound_and_each_row_comes_once(lake: Settings) -> None:
    pieces = read_all(lake, None)
    assert max(map(len, pieces)) == BOUND
    assert sorted(int(each) for piece in pieces for each in piece) == list(range(1, 1 + FILES * PER_FILE))


def test_a_bound_of_age_that_moves_on_between_pieces_skips_no_row(lake: Settings) -> None:
    append(place(lake), a_candidate(99, 99, minutes=-60))
    first = read_feed(lake, NAME, ("tweet_id", "created_at"), None, NOON - timedelta(hours=2))
    assert first is not None
    later = read_all(lake, first.position, since=NOON - timedelta(minutes=1))
    found = [row["tweet_id"] for row in first.rows] + [each for piece in later for each in piece]
    assert sorted({*found} - {"99"}, key=int) == [str(each) for each in range(1, 1 + FILES * PER_FILE)]
    assert len(found) == len({*found})


def test_many_small_commits_are_pieces_and_one_large_one_is_read_at_once(lake: Settings) -> None:
    large = range(100, 100 + BOUND + 3)
    append(place(lake), *(a_candidate(number, number) for number in large))
    for number in range(200, 200 + 2 * BOUND):
        append(place(lake), a_candidate(number, number))
    pieces = read_all(lake, Position(FILES - 1))
    assert [len(piece) for piece in pieces if len(piece) > BOUND] == [len(large)]
    assert len(pieces) > 2
    assert sum(map(len, pieces)) == len(large) + 2 * BOUND


def test_a_kill_between_or_within_pieces_loses_and_doubles_nothing(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.desk import intake

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    calls = 0
    while not calls or intake.read_position() != Position(FILES - 1):
        with monkeypatch.context() as patch:  # a piece is taken in, its position is not stored
            patch.setattr(intake, "save_position", kill)
            with pytest.raises(KeyboardInterrupt):
                intake.take_in_candidates(lake, NOON)
        fates = intake.take_in_candidates(lake, NOON)
        assert set(fates) == {"known"} and sum(fates.values()) <= BOUND
        calls += 1
        assert calls < 20
    assert calls == 6
    append(place(lake), a_candidate(50, 50))
    assert intake.take_in_candidates(lake, NOON) == {"opened": 1}
    assert tweets() == [*range(1, 1 + FILES * PER_FILE), 50]


def test_rows_deleted_and_added_between_pieces_are_seen_after_the_last(lake: Settings) -> None:
    from serving.desk import intake
    from serving.desk.erasures import erase

    intake.take_in_candidates(lake, NOON)
    DeltaTable(place(lake)).delete("tweet_id = '3'")
    append(place(lake), a_candidate(60, 60))
    while intake.read_position() != Position(DeltaTable(place(lake)).version()):
        intake.take_in_candidates(lake, NOON)
    assert erase(NOON, can_delete=True) == 1
    from serving.desk.models import Comment

    left = sorted(int(each) for each in Comment.objects.values_list("tweet_id", flat=True) if each)
    assert left == [each for each in (*range(1, 1 + FILES * PER_FILE), 60) if each != 3]


def test_a_version_whose_files_are_gone_is_left_for_the_newest(lake: Settings) -> None:
    first = read_feed(lake, NAME, ("tweet_id",), None)
    assert first is not None and first.position == Position(FILES - 1, BOUND)
    table = DeltaTable(place(lake))
    table.delete("tweet_id = '3'")
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    found = [each for piece in read_all(lake, first.position) for each in piece]
    assert {*map(int, found)} == {*range(1, 1 + FILES * PER_FILE)} - {3}


def test_one_run_reads_to_the_end_also_through_pieces_without_recent_rows(lake: Settings) -> None:
    from serving.desk.intake import read_position
    from serving.desk.work import DeskProcess

    DeskProcess(lake, None).run_once()
    assert read_position() == Position(FILES - 1)
