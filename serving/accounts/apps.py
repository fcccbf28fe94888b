from django.apps import AppConfig


class Accounts(AppConfig):
    name = "serving.accounts"
    label = "accounts"
