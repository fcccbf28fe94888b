"""Routes of the pages. A page of a brand has it in its path; what a page chooses is in its query."""

from django.urls import include, path

from serving import paths  # noqa: F401 (registers the converters)
from serving.dashboard import admin, assets, model, operations, overview, profiles, segments, sentiment, session

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
    path(f"{BRAND}/profiles", profiles.Profiles.as_view(), name="page-profiles"),
    path(f"{BRAND}/profiles/<author_key:author_key>", profiles.Profile.as_view(), name="page-profile"),
    path(f"{BRAND}/", include("serving.desk.urls")),
    path("operations", operations.Operations.as_view(), name="page-operations"),
    path("model", model.Model.as_view(), name="page-model"),
    path("admin/users", admin.Users.as_view(), name="page-users"),
    path("admin/tokens", admin.Tokens.as_view(), name="page-tokens"),
    path("admin/audit", admin.Audit.as_view(), name="page-audit"),
]
