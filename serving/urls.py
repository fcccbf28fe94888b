"""Every URL. What lies below /api/v1/ keeps its meaning until /api/v2/ (docs/guides/api.md)."""

from django.urls import include, path

from serving.api.metrics import Metrics
from serving.desk.hooks import StatesHook

urlpatterns = [
    path("", include("serving.dashboard.urls")),
    path("api/v1/", include("serving.api.urls")),
    path("hooks/desk", StatesHook.as_view(), name="desk-states"),
    path("metrics", Metrics.as_view(), name="metrics"),
]
handler400 = "serving.dashboard.errors.bad_request"
handler403 = "serving.dashboard.errors.forbidden"
handler404 = "serving.dashboard.errors.not_found"
handler500 = "serving.dashboard.errors.internal_error"
