"""Print a link that signs a user in once, within the hour. Who has it can sign in: pass it on as a password."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from serving.accounts.changes import find_user
from serving.accounts.links import create_link


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        serving = settings.BRANDPULSE.serving
        self.stdout.write(f"http://{serving.host}:{serving.port}{create_link(find_user(options['username']))}")
