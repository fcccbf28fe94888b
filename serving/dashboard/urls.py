"""Routes of the pages. A page of a brand has it in its path; what a page chooses is in its query."""

from django.urls import include, path

from serving import paths  # noqa: F401 (registers the converters)
from serving.dashboard import (
    admin,
    alerts,
    assets,
    cascade,
    cleaning,
    influencers,
    model,
    network,
    operations,
    overview,
    profiles,
    rules,
    segments,
    sentiment,
    session,
    topics,
)

BRAND = "brands/<brand:brand>"

urlpatterns = [
    path("", session.Start.as_view(), name="page-start"),
    path("sign-in", session.SignIn.as_view(), name="sign-in"),
    path("sign-in/<int:user_id>/<slug:token>", session.SignInByLink.as_view(), name="sign-in-link"),
    path("sign-out", session.SignOut.as_view(), name="sign-out"),
    path("account", session.Account.as_view(), name="page-account"),
    path("assets/<slug:digest>/<str:name>", assets.AssetView.as_view(), name="asset"),
    path(BRAND, overview.Overview.as_view(), name="page-overview"),
    path(f"{BRAND}/now", overview.LiveTile.as_view(), name="live-tile"),
    path(f"{BRAND}/sentiment", sentiment.Sentiment.as_view(), name="page-sentiment"),
    path(f"{BRAND}/segments", segments.Segments.as_view(), name="page-segments"),
    path(f"{BRAND}/segments/<segment_id:segment_id>", segments.Segment.as_view(), name="page-segment"),
    path(f"{BRAND}/topics", topics.Topics.as_view(), name="page-topics"),
    path(f"{BRAND}/topics/<topic_id:topic_id>", topics.Topic.as_view(), name="page-topic"),
    path(f"{BRAND}/cleaning", cleaning.Cleaning.as_view(), name="page-cleaning"),
    path(f"{BRAND}/alerts", alerts.Alerts.as_view(), name="page-alerts"),
    path(f"{BRAND}/alerts/rules", rules.Rules.as_view(), name="page-alert-rules"),
    path(f"{BRAND}/alerts/<alert_id:alert_id>", alerts.Alert.as_view(), name="page-alert"),
    path(f"{BRAND}/profiles", profiles.Profiles.as_view(), name="page-profiles"),
    path(f"{BRAND}/profiles/<author_key:author_key>", profiles.Profile.as_view(), name="page-profile"),
    path(f"{BRAND}/influencers", influencers.Influencers.as_view(), name="page-influencers"),
    path(
        f"{BRAND}/influencers/<influencer_id:influencer_id>", influencers.Influencer.as_view(), name="page-influencer"
    ),
    path(f"{BRAND}/network", network.Network.as_view(), name="page-network"),
    path(f"{BRAND}/network.gexf", network.NetworkFile.as_view(), name="network-file"),
    path(f"{BRAND}/cascades", cascade.Cascades.as_view(), name="page-cascades"),
    path(f"{BRAND}/cascades/<cascade_id:cascade_id>", cascade.Cascade.as_view(), name="page-cascade"),
    path(f"{BRAND}/", include("serving.desk.urls")),
    path("operations", operations.Operations.as_view(), name="page-operations"),
    path("model", model.Model.as_view(), name="page-model"),
    path("admin/users", admin.Users.as_view(), name="page-users"),
    path("admin/tokens", admin.Tokens.as_view(), name="page-tokens"),
    path("admin/audit", admin.Audit.as_view(), name="page-audit"),
]
