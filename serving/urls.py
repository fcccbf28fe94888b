"""Every URL. What lies below /api/v1/ keeps its meaning until /api/v2/ (docs/guides/api.md)."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from serving.api.metrics import Metrics
from serving.api.openapi import PATH_PATTERNS


def converter(pattern: str) -> type[StringConverter]:
    return type("Converter", (StringConverter,), {"regex": pattern.strip("^$")})


for name, pattern in PATH_PATTERNS.items():
    register_converter(converter(pattern), name)

urlpatterns = [
    path("", include("serving.dashboard.urls")),
    path("api/v1/", include("serving.api.urls")),
    path("metrics", Metrics.as_view(), name="metrics"),
]
handler400 = "serving.dashboard.errors.bad_request"
handler403 = "serving.dashboard.errors.forbidden"
handler404 = "serving.dashboard.errors.not_found"
handler500 = "serving.dashboard.errors.internal_error"
