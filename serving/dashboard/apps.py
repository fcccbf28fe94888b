from django.apps import AppConfig


class Dashboard(AppConfig):
    name = "serving.dashboard"
    label = "dashboard"
