from django.apps import AppConfig


class Alerts(AppConfig):
    name = "serving.alerts"
    label = "alerts"
