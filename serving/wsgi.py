"""The WSGI application, and the gunicorn server around it."""

import logging
import os
import shutil
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from gunicorn.app.base import BaseApplication

from conf.settings import Settings
from runtime.file_lock import wait_for_lock
from serving.settings import folder, set_up

logger = logging.getLogger("brandpulse.serving")

Application = Callable[..., Any]


def build_application(settings: Settings) -> Application:
    set_up(settings)
    application: Application = get_wsgi_application()
    return application


def prepare_database(settings: Settings) -> None:
    """Create or migrate the tables, and delete expired sessions."""
    set_up(settings)
    with wait_for_lock(folder(settings) / "migrate.lock"):  # the desk's process starts at the same time
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("clearsessions", verbosity=0)
    connections.close_all()  # the workers are forked and open their own


class Server(BaseApplication):
    """gunicorn with `workers` processes of `threads` threads each, until SIGTERM."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        serving = self._settings.serving
        self.cfg.set("bind", f"{serving.host}:{serving.port}")
        self.cfg.set("workers", serving.workers)
        self.cfg.set("threads", serving.threads)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("proc_name", "brandpulse-serving")
        self.cfg.set("control_socket_disable", True)  # it would be one for all in the home of whoever starts it

    def load(self) -> Application:
        return build_application(self._settings)


def serve(settings: Settings) -> None:
    metrics = folder(settings) / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)  # before the library is imported
    set_up(settings, metrics)
    prepare_database(settings)
    logger.info(
        "the dashboard is at http://%s:%d/, the API below /api/v1/", settings.serving.host, settings.serving.port
    )
    Server(settings).run()
