"""Django's commands on this project: `python -m serving [--env NAME] <command>`; `help` lists them.

The project's own: create_user, grant_role, create_link, create_token, revoke_token, test_routing, redrive_deliveries.
"""

import sys

from django.core.management import execute_from_command_line, get_commands

from conf.command_line import set_up_logging
from conf.settings import load_settings
from runtime.errors import JobError
from serving.settings import set_up
from serving.wsgi import prepare_database


def main(arguments: list[str]) -> int:
    env = arguments[1] if arguments[:1] == ["--env"] else None
    set_up_logging()
    try:
        settings, command = load_settings(env), arguments[2:] if env else arguments
        set_up(settings)
        if get_commands().get(next(iter(command), ""), "").startswith("serving."):
            prepare_database(settings)  # the first user may be created before the dashboard first starts
        execute_from_command_line(["python -m serving", *command])
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
