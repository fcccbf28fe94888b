"""Revoke one token of a user by its number, or all of them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from serving.accounts.changes import find_user, revoke_token
from serving.accounts.models import Token


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--id", type=int, help="only this token (default: all of the user)")

    def handle(self, *args: Any, **options: Any) -> None:
        tokens = Token.objects.filter(user=find_user(options["username"]), revoked_at=None)
        chosen = tokens if options["id"] is None else tokens.filter(id=options["id"])
        for token in list(chosen):
            revoke_token(token)
            self.stdout.write(f"revoked token {token.id}, {token.name}")
