"""Routes of the desk's pages, below the brand."""

from django.urls import path

from serving import paths  # noqa: F401 (registers the converters)
from serving.desk.pages import inbox, problems, report, routing, ticket

urlpatterns = [
    path("inbox", inbox.Inbox.as_view(), name="page-inbox"),
    path("inbox/queue", inbox.Queue.as_view(), name="desk-queue"),
    path("inbox/next", ticket.NextTicket.as_view(), name="desk-next"),
    path("tickets/<int:ticket_id>", ticket.TicketPage.as_view(), name="page-ticket"),
    path("problems", problems.Problems.as_view(), name="page-problems"),
    path("problems/<int:problem_id>", problems.ProblemPage.as_view(), name="page-problem"),
    path("routing", routing.RoutingPage.as_view(), name="page-routing"),
    path("desk-report", report.DeskReport.as_view(), name="page-desk-report"),
]
