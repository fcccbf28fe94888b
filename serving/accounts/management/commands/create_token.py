"""Create a token of a user and print it, once: only its hash is stored."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from serving.accounts.changes import create_token, find_user
from serving.accounts.roles import Scope


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--scope", action="append", choices=[scope.value for scope in Scope], help="default: all")
        parser.add_argument("--days", type=int, help="until it expires (default: serving.token_days)")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [Scope(text) for text in options["scope"] or list(Scope)]
        token, text = create_token(find_user(options["username"]), options["name"], scopes, options["days"])
        self.stderr.write(f"token {token.id} expires on {token.expires_at:%Y-%m-%d}; it is not shown again")
        self.stdout.write(text)
