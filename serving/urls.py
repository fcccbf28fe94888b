"""Every URL. What lies below /api/v1/ keeps its meaning until /api/v2/ (docs/guides/api.md)."""

from django.urls import include, path

from serving.api.metrics import Metrics

urlpatterns = [
    path("api/v1/", include("serving.api.urls")),
    path("metrics", Metrics.as_view(), name="metrics"),
]
handler400 = "serving.api.problems.bad_request"
handler403 = "serving.api.problems.forbidden"
handler404 = "serving.api.problems.not_found"
handler500 = "serving.api.problems.internal_error"
