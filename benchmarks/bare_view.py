"""A Django view that returns bytes that it is given and does nothing else: what `benchmarks.serving` compares with.

    python -m benchmarks.bare_view OVERLAY FOLDER

/NAME answers with the file NAME of the folder, which is read once. The server is the API's own, with as many processes
and threads: Django without middleware, database, authentication or REST framework.
"""

import sys
from pathlib import Path

import django
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from conf.settings import load_settings
from serving.wsgi import Application, Server


class BareServer(Server):
    def load(self) -> Application:
        application: Application = get_wsgi_application()
        return application


def answer(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(django_settings.BODIES[name], content_type="application/json")


urlpatterns = [path("<str:name>", answer)]


def main(overlay: str, folder: Path) -> None:
    bodies = {file.name: file.read_bytes() for file in folder.iterdir()}
    django_settings.configure(
        ROOT_URLCONF="benchmarks.bare_view", ALLOWED_HOSTS=["127.0.0.1"], LOGGING_CONFIG=None, BODIES=bodies
    )
    django.setup()
    BareServer(load_settings(overlay)).run()


if __name__ == "__main__":
    sys.argv, arguments = sys.argv[:1], sys.argv[1:]  # gunicorn would read them
    main(arguments[0], Path(arguments[1]))
