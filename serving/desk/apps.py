from django.apps import AppConfig


class Desk(AppConfig):
    name = "serving.desk"
    label = "desk"
