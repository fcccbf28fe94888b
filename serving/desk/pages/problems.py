"""Problems: which single causes bring many tickets, and are they under control?"""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from runtime.errors import UsageError
from serving.accounts.roles import Scope
from serving.dashboard import words
from serving.dashboard.filters import choose, options
from serving.dashboard.memory import Content
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import check
from serving.desk.actions import rename_problem, sentence, solve_problem
from serving.desk.models import Problem
from serving.desk.pages.base import DeskView, asked_page, shown
from serving.desk.pages.clocks import clock_of
from serving.desk.readers.inbox import Filters, Row, count_states
from serving.desk.readers.problems import find_problem, read_problems, split_of

STATES = {"Open": "open", "Solved": "solved"}


class Problems(DeskView):
    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        state, now = choose(request, "state", STATES, "open"), timezone.now()
        rows = [row | {"clock": problem_clock(row, now)} for row in read_problems(brand, state == "open")]
        content = self.frame(request, "page-problems", brand) | {
            "rows": rows,
            "states": options(STATES, state),
            "headline": headline(rows, state),
            "now": now,
        }
        return render_with_notice(request, "desk/problems.html", content)


class ProblemPage(DeskView):
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, brand: str, problem_id: int) -> HttpResponse:
        return self.show(request, asked_problem(brand, problem_id))

    def post(self, request: HttpRequest, brand: str, problem_id: int) -> HttpResponse:
        check(request, Scope.TICKETS_WRITE, brand)
        problem, action = asked_problem(brand, problem_id), request.POST.get("action", "")
        try:
            if action == "rename":
                done = rename_problem(problem, request.POST.get("title", ""))
            elif action == "solve":
                done = solve_problem(request.user, problem)
            else:
                raise UsageError("there is no such action")
        except UsageError as error:
            return self.show(request, problem, fault=sentence(error), status=400)
        return to_page(request, done=done)

    def show(self, request: HttpRequest, problem: Problem, status: int = 200, **state: str) -> HttpResponse:
        filters, now = Filters(frozenset({problem.brand}), state="all", problem=problem.pk), timezone.now()
        queue, counts = asked_page(request, filters), count_states(filters)
        rows = [row | {"clock": clock_of(row, now), "category_shown": shown(row["category"])} for row in queue.rows]
        content: Content = self.frame(request, "page-problems", problem.brand) | {
            "problem": problem,
            "title": title_of(problem),
            "rows": rows,
            "next": queue.next,
            "counts": counts,
            "now": now,
            "categories": [(shown(name), number) for name, number in split_of(problem, "category")],
            "teams": split_of(problem, "team"),
        }
        return render_with_notice(request, "desk/problem.html", content | state, status)


def asked_problem(brand: str, problem_id: int) -> Problem:
    problem = find_problem(brand, problem_id)
    if problem is None:
        raise Http404(f"There is no problem {problem_id} of this brand.")
    return problem


def problem_clock(row: Row, now: datetime) -> Content | None:
    """The clock of the ticket that is due first; None where no answer is owed."""
    if row["due_at"] is None:
        return None
    clock = {"is_running": True, "clock_started_at": row["first_at"] or row["due_at"], "due_at": row["due_at"]}
    return clock_of(clock, now)


def headline(rows: list[Row], state: str) -> str:
    if not rows:
        return "No problem is open" if state == "open" else "No problem has been solved yet"
    if state != "open":
        return f"{words.counted(len(rows), 'problem').capitalize()} solved"
    tickets = sum(row["active_count"] for row in rows)
    return f"{words.counted(len(rows), 'problem').capitalize()} behind {words.counted(tickets, 'ticket')}"


def title_of(problem: Problem) -> str:
    return problem.title or f"Problem {problem.pk}"
