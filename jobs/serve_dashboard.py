"""Serve the dashboard and the API: Django behind gunicorn, until SIGTERM. They read MongoDB only.

Accounts are made by `python -m serving create_user`, `grant_role` and `create_token`.
"""

import sys

from conf.command_line import Options, run_job
from conf.settings import Settings
from serving.wsgi import serve


def main(settings: Settings, options: Options) -> None:
    serve(settings)


if __name__ == "__main__":
    sys.exit(run_job(main, needs_lake=False))
