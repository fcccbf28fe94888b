"""List the deliveries that were given up, send them again (--all, --id), or never (--discard --id)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from runtime.errors import UsageError
from serving.desk.deliveries import discard, of_brand, redrive
from serving.desk.models import Delivery
from serving.desk.states import DeliveryState


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--brand", help="only this brand")
        parser.add_argument("--all", action="store_true", help="send all of them again")
        parser.add_argument("--id", type=int, action="append", help="only this one; may be given several times")
        parser.add_argument("--discard", action="store_true", help="never send those of --id: later ones are sent then")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["discard"]:
            if not options["id"]:
                raise UsageError("--discard needs the --id of each delivery")
            self.stdout.write(f"{discard(options['id'])} deliveries are never sent")
        elif options["all"] or options["id"]:
            self.stdout.write(f"{redrive(options['brand'], options['id'])} deliveries are sent again")
        else:
            self._list(options["brand"])

    def _list(self, brand: str | None) -> None:
        dead = Delivery.objects.filter(state=DeliveryState.DEAD.value).select_related("ticket", "notice").order_by("id")
        for each in dead.filter(of_brand(brand)) if brand else dead:
            self.stdout.write(
                f"{each.pk:>8}  {each.subject}  {each.call:<8} {each.attempts} attempts  {each.dead_reason}"
            )
