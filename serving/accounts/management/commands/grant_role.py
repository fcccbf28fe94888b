"""Give a user a role on a brand, or on every brand (*); --revoke takes it away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from serving.accounts.changes import find_user, grant_role, revoke_role
from serving.accounts.roles import Role


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument("brand", help="a brand's name, * for all")
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user, role, brand = find_user(options["username"]), Role(options["role"]), options["brand"]
        change, word = (revoke_role, "no longer") if options["revoke"] else (grant_role, "now")
        change(user, role, brand)
        self.stdout.write(f"{user.username} is {word} {role} of {brand}")
