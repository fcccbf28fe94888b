"""/brands/{brand}/tickets, …/{ticket_id}, …/{ticket_id}/changes, …/{ticket_id}/details, /problems, /desk-report"""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from runtime.errors import UsageError
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.problems import Conflict as ConflictProblem
from serving.api.published import PURPOSE, Query, brandpulse, parse_query
from serving.api.ticket_examples import (
    CHANGE_EXAMPLE,
    DETAILS_EXAMPLE,
    PROBLEM_EXAMPLE,
    REPORT_EXAMPLE,
    TICKET_EXAMPLE,
    WHOLE_EXAMPLE,
)
from serving.api.ticket_fields import (
    Changed,
    ChangeRequest,
    Details,
    ProblemList,
    ProblemQuery,
    Report,
    ReportQuery,
    TicketPage,
    TicketQuery,
    WholeTicket,
)
from serving.api.view import View
from serving.desk.actions import Conflict, apply_all
from serving.desk.models import Ticket
from serving.desk.readers.inbox import Filters, read_queue
from serving.desk.readers.problems import read_problems
from serving.desk.readers.report import read_report, span_of
from serving.desk.readers.tickets import details_of, find_ticket, read_ticket

TAG = "Tickets"


class Tickets(View):
    scope = Scope.TICKETS_READ

    @operation(
        TAG,
        "The brand's tickets: first those that are owed an answer, by when it is due; texts are masked.",
        {200: TicketPage},
        TicketQuery,
        problems=(401, 403, 404),
        example={"data": [TICKET_EXAMPLE], "next": None},
    )
    def get(self, request: Request, brand: str) -> Response:
        query = parse_query(TicketQuery, request)
        cursor, limit = query.pop("cursor", ""), query.pop("limit")
        try:
            found = read_queue(Filters(frozenset({brand}), **query), cursor, limit)
        except ValueError:
            raise Http404("this is no cursor of the list") from None
        following = None if found.next is None else next_page(request, found.next)
        return Response(TicketPage({"data": found.rows, "next": following}).data)


class TicketView(View):
    scope = Scope.TICKETS_READ

    @operation(
        TAG,
        "A ticket with its conversation, notes and history.",
        {200: WholeTicket},
        Query,
        problems=(401, 403, 404),
        example=WHOLE_EXAMPLE,
    )
    def get(self, request: Request, brand: str, ticket_id: int) -> Response:
        parse_query(Query, request)
        return Response(WholeTicket(read_ticket(asked_ticket(brand, ticket_id))).data)


class TicketChanges(View):
    scope = Scope.TICKETS_WRITE

    @operation(
        TAG,
        "Change a ticket: assign, state, team, category, priority, complaint, note, problem or new-problem.",
        {200: Changed},
        Query,
        ChangeRequest,
        problems=(401, 403, 404, 409, 415),
        example=CHANGE_EXAMPLE,
    )
    def post(self, request: Request, brand: str, ticket_id: int) -> Response:
        parse_query(Query, request)
        given = ChangeRequest(data=request.data)
        given.is_valid(raise_exception=True)
        asked, ticket = given.validated_data, asked_ticket(brand, ticket_id)
        try:
            done = apply_all(request.user, ticket, [(asked["action"], asked["value"])], asked.get("revision"))
        except Conflict as error:
            raise ConflictProblem(str(error)) from None
        except UsageError as error:
            raise ValidationError({"value": str(error)}) from None
        return Response({"done": done[0], "ticket": WholeTicket(read_ticket(asked_ticket(brand, ticket_id))).data})


class TicketDetails(View):
    scope = Scope.DETAILS_READ

    @operation(
        TAG,
        "What masking hid in the ticket's tweets. Each read is in the audit log.",
        {200: Details},
        Query,
        problems=(401, 403, 404),
        example=DETAILS_EXAMPLE,
        headers=(PURPOSE,),
    )
    def get(self, request: Request, brand: str, ticket_id: int) -> Response:
        parse_query(Query, request)
        ticket = asked_ticket(brand, ticket_id)
        record(request, "ticket-details.read", brand, f"ticket {ticket_id}")
        return Response(Details({"data": details_of(brandpulse(), ticket)}).data)


class Problems(View):
    scope = Scope.TICKETS_READ

    @operation(
        TAG,
        "Causes of many tickets, those with the most work first.",
        {200: ProblemList},
        ProblemQuery,
        example={"data": [PROBLEM_EXAMPLE]},
    )
    def get(self, request: Request, brand: str) -> Response:
        query = parse_query(ProblemQuery, request)
        return Response(ProblemList({"data": read_problems(brand, query["state"] == "open")}).data)


class DeskReport(View):
    scope = Scope.TICKETS_READ

    @operation(
        TAG,
        "How many tickets of the last days, how quickly answered, how often late, how often corrected.",
        {200: Report},
        ReportQuery,
        example=REPORT_EXAMPLE,
    )
    def get(self, request: Request, brand: str) -> Response:
        start, end = span_of(parse_query(ReportQuery, request)["days"])
        return Response(Report({"from": start, "to": end, **read_report({brand}, start, end)}).data)


def asked_ticket(brand: str, ticket_id: int) -> Ticket:
    ticket = find_ticket(brand, ticket_id)
    if ticket is None:
        raise Http404(f"there is no ticket {ticket_id} of {brand}")
    return ticket


def next_page(request: Request, cursor: str) -> str:
    query: Any = request.query_params.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"
