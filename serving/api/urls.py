"""Routes of version 1. A list has its exports beside it, under the same path with .csv and .jsonl."""

from django.urls import URLPattern, path

from serving import paths  # noqa: F401 (registers the converters)
from serving.api import (
    alerts,
    brands,
    changes,
    health,
    influencers,
    live,
    openapi,
    operations,
    profiles,
    segments,
    session,
    summary,
    tickets,
    tokens,
    topics,
    trends,
)
from serving.api.audit import Audit
from serving.api.exports import FORMS, export_of
from serving.api.published import Listed

BRAND = "brands/<brand:brand>"
TICKET = f"{BRAND}/tickets/<int:ticket_id>"
SEGMENT = f"{BRAND}/segments/<segment_id:segment_id>"


def exported(route: str, view: type[Listed], name: str) -> list[URLPattern]:
    """The list, and its exports."""
    exports = [path(f"{route}.{form}", export_of(view, form).as_view(), name=f"{name}.{form}") for form in FORMS]
    return [path(route, view.as_view(), name=name), *exports]


urlpatterns = [
    path("openapi.json", openapi.Document.as_view(), name="openapi"),
    path("health", health.HealthView.as_view(), name="health"),
    path("session", session.SessionView.as_view(), name="session"),
    path("tokens", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/<int:token_id>", tokens.TokenView.as_view(), name="token"),
    path("audit", Audit.as_view(), name="audit"),
    path("brands", brands.Brands.as_view(), name="brands"),
    path(f"{BRAND}/summary", summary.SummaryView.as_view(), name="summary"),
    *exported(f"{BRAND}/changes", changes.Changes, "changes"),
    path(f"{BRAND}/live", live.LiveView.as_view(), name="live"),
    *exported(f"{BRAND}/trends", trends.Trends, "trends"),
    *exported(f"{BRAND}/segments", segments.Segments, "segments"),
    path(SEGMENT, segments.SegmentView.as_view(), name="segment"),
    *exported(f"{SEGMENT}/history", segments.SegmentHistory, "segment-history"),
    *exported(f"{BRAND}/segment-events", segments.SegmentEvents, "segment-events"),
    *exported(f"{BRAND}/topics", topics.Topics, "topics"),
    path(f"{BRAND}/topics/<topic_id:topic_id>", topics.TopicView.as_view(), name="topic"),
    *exported(f"{BRAND}/topic-events", topics.TopicEvents, "topic-events"),
    *exported(f"{BRAND}/topic-trends", topics.TopicTrends, "topic-trends"),
    *exported(f"{BRAND}/cleaning", topics.Cleaning, "cleaning"),
    *exported(f"{BRAND}/alerts", alerts.Alerts, "alerts"),
    path(f"{BRAND}/profiles", profiles.Profiles.as_view(), name="profiles"),
    path(f"{BRAND}/profiles/<author_key:author_key>", profiles.ProfileView.as_view(), name="profile"),
    path(f"{BRAND}/influencers", influencers.Influencers.as_view(), name="influencers"),
    path(f"{BRAND}/influencers/<influencer_id:influencer_id>", influencers.InfluencerView.as_view(), name="influencer"),
    path(f"{BRAND}/cascades", influencers.Cascades.as_view(), name="cascades"),
    path(f"{BRAND}/cascades/<cascade_id:cascade_id>", influencers.CascadeView.as_view(), name="cascade"),
    path(f"{BRAND}/tickets", tickets.Tickets.as_view(), name="tickets"),
    path(TICKET, tickets.TicketView.as_view(), name="ticket"),
    path(f"{TICKET}/changes", tickets.TicketChanges.as_view(), name="ticket-changes"),
    path(f"{TICKET}/details", tickets.TicketDetails.as_view(), name="ticket-details"),
    path(f"{BRAND}/problems", tickets.Problems.as_view(), name="problems"),
    path(f"{BRAND}/desk-report", tickets.DeskReport.as_view(), name="desk-report"),
    *exported("operations", operations.Operations, "operations"),
    *exported("models", operations.Models, "models"),
]
