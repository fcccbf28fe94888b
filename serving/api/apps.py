from django.apps import AppConfig


class Api(AppConfig):
    name = "serving.api"
    label = "api"

    def ready(self) -> None:
        from serving.api import openapi  # noqa: F401 (registers the security schemes)
