"""Print a link that signs a user in once, within the hour. Who has it can sign in: pass it on as a password."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from serving.accounts.changes import create_user, find_user, grant_role
from serving.accounts.links import create_link
from serving.accounts.roles import EVERY_BRAND, Role


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--new-admin",
            action="store_true",
            help="create the user first, an admin of all brands whose password nobody knows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_admin"]:
            grant_role(create_user(options["username"], secrets.token_urlsafe()), Role.ADMIN, EVERY_BRAND)
        serving = settings.BRANDPULSE.serving
        self.stdout.write(f"http://{serving.host}:{serving.port}{create_link(find_user(options['username']))}")
