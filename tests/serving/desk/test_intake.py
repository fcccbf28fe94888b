"""Candidates become tickets: one per conversation, however often and in whatever order they are read."""

from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import override_settings

from conf.settings import load_settings
from pipelines.sources.lake_feed import Position
from tests.serving.desk.candidates import NOON, a_candidate, key
from tests.serving.desk.conftest import TakeIn


def tickets() -> list[Any]:
    from serving.desk.models import Ticket

    return list(Ticket.objects.order_by("id"))


def kinds(ticket: Any) -> list[str]:
    return list(ticket.events.order_by("id").values_list("kind", flat=True))


def test_a_complaint_opens_a_ticket_that_is_routed_and_due(take_in: TakeIn) -> None:
    assert take_in(a_candidate(1, sentiment_score=0.01, followers_count=200_000)) == {"opened": 1}
    (ticket,) = tickets()
    assert (ticket.state, ticket.priority, ticket.category, ticket.brand) == ("new", "P1", "baggage", "skyvarn")
    assert ticket.due_at == NOON + timedelta(minutes=15, seconds=1)
    assert kinds(ticket) == ["opened", "routed"]
    assert ticket.comments.get().is_original


def test_the_later_tweets_of_a_conversation_are_comments_of_its_ticket(take_in: TakeIn) -> None:
    take_in(a_candidate(1), a_candidate(2, minutes=1), a_candidate(3, minutes=2, role="comment"), a_candidate(4, 2))
    assert [ticket.comments.count() for ticket in tickets()] == [3, 1]


def test_reading_again_changes_nothing(take_in: TakeIn) -> None:
    rows = [a_candidate(1), a_candidate(2, minutes=1), a_candidate(3, role="brand_reply", minutes=5)]
    take_in(*rows)
    before = [(ticket.revision, kinds(ticket)) for ticket in tickets()]
    assert take_in(*rows) == {"known": 3}
    assert [(ticket.revision, kinds(ticket)) for ticket in tickets()] == before


def test_a_rotated_key_does_not_double_a_tweet(take_in: TakeIn) -> None:
    take_in(a_candidate(1))
    again = {"tweet_key": key("new"), "conversation_key": key("new conversation"), "candidate_key": key("new too")}
    assert take_in(a_candidate(1) | again) == {"known": 1}
    assert len(tickets()) == 1


def test_the_order_of_the_batches_does_not_matter(take_in: TakeIn) -> None:
    from serving.desk.models import Comment, Ticket

    rows = [a_candidate(1), a_candidate(2, role="comment", minutes=1), a_candidate(3, role="brand_reply", minutes=3)]
    for order in permutations(rows):
        Comment.objects.all().delete()
        Ticket.objects.all().delete()
        for row in order:
            take_in(row)
        (ticket,) = tickets()
        assert ticket.comments.count() == 3, order
        assert ticket.first_response_at == NOON + timedelta(minutes=3, seconds=1), order


def test_the_database_itself_rejects_a_second_ticket_and_a_second_comment(take_in: TakeIn) -> None:
    from serving.desk.models import Comment, Ticket

    take_in(a_candidate(1))
    ticket, comment = Ticket.objects.get(), Comment.objects.get()
    ticket.pk, ticket.ticket_key = None, key("another")
    with pytest.raises(IntegrityError), transaction.atomic():
        ticket.save(force_insert=True)
    comment.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        comment.save(force_insert=True)


def test_the_brands_own_answer_stops_the_clock_once(take_in: TakeIn) -> None:
    take_in(
        a_candidate(1), a_candidate(2, role="brand_reply", minutes=9), a_candidate(3, role="brand_reply", minutes=20)
    )
    (ticket,) = tickets()
    assert ticket.first_response_at == ticket.answered_at == NOON + timedelta(minutes=9, seconds=1)
    assert ticket.state == "open" and not ticket.is_breached
    assert kinds(ticket).count("answered") == 1


def test_the_response_time_of_an_archives_tweets_is_that_between_them(take_in: TakeIn) -> None:
    later: dict[str, Any] = {"received_at": NOON + timedelta(days=90)}
    take_in(a_candidate(1, **later), a_candidate(2, role="brand_reply", minutes=9, **later))
    (ticket,) = tickets()
    assert ticket.first_response_at - ticket.clock_started_at == timedelta(minutes=9)
    assert ticket.clock_started_at == later["received_at"]


def test_an_answer_that_came_too_late_is_a_breach(take_in: TakeIn) -> None:
    take_in(a_candidate(1, sentiment_score=0.01), a_candidate(2, role="brand_reply", minutes=2000))
    assert tickets()[0].is_breached


def test_an_answer_in_time_that_is_read_late_is_no_breach(take_in: TakeIn) -> None:
    from serving.desk.upkeep import mark_breaches

    take_in(a_candidate(1, sentiment_score=0.01))
    assert mark_breaches(NOON + timedelta(days=2)) == 1
    take_in(a_candidate(2, role="brand_reply", minutes=1))
    (ticket,) = tickets()
    assert (ticket.is_breached, ticket.breached_at) == (False, None)


def test_a_late_first_response_stays_in_the_report_when_the_ticket_is_reopened(take_in: TakeIn) -> None:
    from serving.desk.models import Ticket
    from serving.desk.readers.report import read_report

    take_in(a_candidate(1, sentiment_score=0.01), a_candidate(2, role="brand_reply", minutes=2000))
    Ticket.objects.update(state="solved", solved_at=NOON + timedelta(days=2))
    take_in(a_candidate(3, role="comment", minutes=3 * 24 * 60))
    (ticket,) = tickets()
    assert (ticket.state, ticket.is_breached) == ("open", False)
    assert read_report({ticket.brand}, NOON, NOON + timedelta(days=1))["total"]["breached_share"] == 1


def test_a_tweet_of_the_brand_before_the_complaint_answers_nothing(take_in: TakeIn) -> None:
    take_in(a_candidate(2, minutes=5), a_candidate(1, role="brand_reply", minutes=1))
    assert tickets()[0].answered_at is None


def test_a_solved_ticket_is_reopened_within_seven_days_and_its_clock_starts_again(take_in: TakeIn) -> None:
    from serving.desk.models import Ticket

    take_in(a_candidate(1))
    Ticket.objects.update(state="solved", solved_at=NOON + timedelta(hours=1), answered_at=NOON, is_breached=True)
    take_in(a_candidate(2, role="comment", minutes=6 * 24 * 60))
    (ticket,) = tickets()
    assert (ticket.state, ticket.reopened_count, ticket.answered_at, ticket.is_breached) == ("open", 1, None, False)
    assert ticket.clock_started_at == NOON + timedelta(days=6, seconds=1)
    assert "reopened" in kinds(ticket)


def test_a_complaint_after_seven_days_opens_a_follow_up(take_in: TakeIn) -> None:
    from serving.desk.models import Ticket

    take_in(a_candidate(1))
    Ticket.objects.update(state="solved", solved_at=NOON)
    take_in(a_candidate(2, role="comment", minutes=8 * 24 * 60))
    assert [ticket.state for ticket in tickets()] == ["solved"]
    take_in(a_candidate(3, minutes=8 * 24 * 60))
    assert [(ticket.state, ticket.follow_up) for ticket in tickets()] == [("solved", 0), ("new", 1)]


def test_the_tweet_that_a_complaint_answers_is_shown_and_changes_nothing(take_in: TakeIn) -> None:
    take_in(a_candidate(1), a_candidate(2, role="original", minutes=-60))
    (ticket,) = tickets()
    assert list(ticket.comments.values_list("role", "is_original")) == [("original", False), ("complaint", True)]
    assert (ticket.state, ticket.answered_at) == ("new", None)
    ticket.state, ticket.solved_at = "solved", NOON
    ticket.save()
    take_in(a_candidate(3, role="original", minutes=60))
    assert tickets()[0].state == "solved"


def test_a_tweet_that_the_database_would_not_take_is_made_to_fit(take_in: TakeIn) -> None:
    take_in(a_candidate(1, text="late\x00again", lang="x" * 99, region=None, model_version="v" * 99))
    comment = tickets()[0].comments.get()
    assert (comment.text, comment.lang, comment.region) == ("lateagain", "x" * 16, "")
    assert len(comment.model_version) == 64


def test_the_migrations_are_those_of_the_models(database: None) -> None:
    call_command("makemigrations", "--check", "--dry-run")


def test_near_identical_complaints_are_incidents_of_one_problem(take_in: TakeIn) -> None:
    take_in(*(a_candidate(number, number, problem_key=key("problem")) for number in (1, 2, 3)), a_candidate(4, 4))
    assert [ticket.problem_id is not None for ticket in tickets()] == [True, True, True, False]
    assert len({ticket.problem_id for ticket in tickets()[:3]}) == 1


def test_a_ticket_whose_problem_is_found_later_is_as_urgent_as_if_it_had_been_known(take_in: TakeIn) -> None:
    from serving.desk import changes
    from serving.desk.events import SYSTEM
    from serving.desk.states import Priority

    take_in(a_candidate(1, 1, sentiment_score=0.01), a_candidate(2, 2, sentiment_score=0.01))
    before = tickets()
    changes.set_priority(before[1].pk, SYSTEM, Priority.P4)
    of_problem = {"problem_key": key("problem"), "sentiment_score": 0.01}
    take_in(*(a_candidate(number, number, **of_problem) for number in (1, 2, 3)))
    after = tickets()
    assert [ticket.priority for ticket in after] == ["P2", "P4", "P2"], "what an agent decided stays"
    assert before[0].priority == "P3"
    assert after[0].due_at == after[2].due_at < before[0].due_at
    assert kinds(after[0]) == ["opened", "routed", "linked", "priority_changed"]


def test_a_solved_problem_with_new_complaints_is_open_again(take_in: TakeIn) -> None:
    from serving.desk import changes
    from serving.desk.events import SYSTEM
    from serving.desk.models import Problem

    row = a_candidate(1, 1, problem_key=key("problem"))
    take_in(row)
    changes.solve_problem(Problem.objects.get(), SYSTEM)
    take_in(row)
    assert Problem.objects.get().state == "solved", "nothing of it is left to work on"
    take_in(a_candidate(2, 2, problem_key=key("problem")))
    problem = Problem.objects.get()
    assert (problem.state, problem.solved_at) == ("open", None)


def test_a_comment_that_turns_out_to_be_a_complaint_opens_the_ticket(take_in: TakeIn) -> None:
    assert take_in(a_candidate(1, role="comment")) == {"waiting": 1}
    assert take_in(a_candidate(1)) == {"opened": 1}


def test_the_lakes_change_feed_is_followed_and_deleted_rows_leave_the_desk(database: None, tmp_path: Path) -> None:
    from serving.desk.erasures import erase
    from serving.desk.intake import read_position, take_in_candidates
    from serving.desk.models import Comment

    settings = load_settings(overrides={"home": str(tmp_path)})
    with override_settings(BRANDPULSE=settings):
        assert take_in_candidates(settings, NOON) == {}
        place = f"{settings.lake.path}/gold/ticket_candidates"
        append(place, a_candidate(1), a_candidate(2, 2))
        assert take_in_candidates(settings, NOON) == {"opened": 2}
        append(place, a_candidate(3, 2, role="comment"))
        DeltaTable(place).delete("tweet_id = '1'")
        assert take_in_candidates(settings, NOON) == {"comment": 1}
        assert take_in_candidates(settings, NOON) == {}
        assert read_position() == Position(DeltaTable(place).version())
        assert erase(NOON, can_delete=True) == 1
    assert sorted(Comment.objects.values_list("tweet_id", flat=True)) == ["", "2", "3"]
    assert django_settings.BRANDPULSE.dispatch_tickets.adapter == "none"


def test_the_first_start_opens_no_tickets_for_old_complaints(database: None, tmp_path: Path) -> None:
    from serving.desk.intake import take_in_candidates

    settings = load_settings(overrides={"home": str(tmp_path)})
    place, day = f"{settings.lake.path}/gold/ticket_candidates", 24 * 60
    append(place, a_candidate(1, minutes=-8 * day), a_candidate(2, 2, minutes=-6 * day))
    with override_settings(BRANDPULSE=settings):
        assert take_in_candidates(settings, NOON) == {"opened": 1}
        append(place, a_candidate(3, 3, minutes=-8 * day))
        assert take_in_candidates(settings, NOON) == {"opened": 1}, "what the feed brings was recent when it was found"


def append(place: str, *rows: dict[str, Any]) -> None:
    schema = {"problem_key": pa.string(), "replied_to_id": pa.string()}
    columns = {name: pa.array([row[name] for row in rows], schema.get(name)) for name in rows[0]}
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(place, pa.table(columns), mode="append", configuration=feed)


def test_a_ticket_that_an_agent_took_off_its_problem_is_not_linked_to_it_again(take_in: TakeIn) -> None:
    from serving.desk import changes
    from serving.desk.events import SYSTEM

    row = a_candidate(1, problem_key=key("problem"))
    take_in(row)
    (ticket,) = tickets()
    changes.link_problem(ticket.pk, SYSTEM, None)
    take_in(row, a_candidate(2, minutes=5, problem_key=key("problem")))
    assert tickets()[0].problem_id is None
    take_in(a_candidate(3, minutes=9, problem_key=key("another problem")))
    assert tickets()[0].problem.problem_key == key("another problem")


def test_a_tweet_that_was_on_its_way_while_the_ticket_was_solved_reopens_it(take_in: TakeIn) -> None:
    from serving.desk.models import Ticket

    take_in(a_candidate(1), a_candidate(2, minutes=5))
    Ticket.objects.update(state="solved", solved_at=NOON + timedelta(minutes=20))
    take_in(a_candidate(3, minutes=4, role="comment"))
    assert tickets()[0].state == "solved", "somebody who solves it has seen what was written later"
    take_in(a_candidate(4, minutes=19, role="comment"))
    (ticket,) = tickets()
    assert (ticket.state, ticket.reopened_count) == ("open", 1)
    assert ticket.clock_started_at == NOON + timedelta(minutes=19, seconds=1)
