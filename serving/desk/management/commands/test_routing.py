"""Show which rule would take which of a brand's last tickets, and the rules that can never take one (exit code 2)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from conf.brand.routing_faults import find_faults
from conf.overlays import parse_yaml
from runtime.errors import UsageError
from serving.desk.models import Ticket
from serving.desk.routing import Routing, decide, facts_of, parse_desk, read_routing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("brand")
        parser.add_argument("--last", type=int, default=50, help="how many tickets (default: 50)")
        parser.add_argument("--file", type=Path, help="a YAML file with what `desk` has in the brand's, to try it out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["last"] < 1:
            raise UsageError(f"--last {options['last']}: at least 1")
        routing = read_routing(options["brand"])
        if options["file"]:
            routing = _with_file(routing, options["file"])
        faults = find_faults(routing.file, routing.desk)
        if faults:
            raise UsageError("; ".join(faults))
        self.stdout.write(f"{'ticket':>8}  {'was':<32}  {'would be':<32}  rule")
        tickets = Ticket.objects.filter(brand=routing.brand).order_by("-opened_at", "-id")[: options["last"]]
        counts = dict.fromkeys([rule.name for rule in routing.desk.rules], 0)
        for ticket in tickets:
            rule = self._show(ticket, routing)
            counts[rule] = counts.get(rule, 0) + 1
        for rule, count in counts.items():
            self.stdout.write(f"{count:>8}  {rule or 'no rule: ' + routing.desk.first_team}")

    def _show(self, ticket: Ticket, routing: Routing) -> str:
        original = ticket.comments.filter(is_original=True).first()
        if original is None or original.erased_at is not None:
            return "erased: no rule can be tried"
        chosen = decide(routing, facts_of(original, routing, ticket.problem_id is not None))
        before, after = f"{ticket.priority} {ticket.team}", f"{chosen.priority} {chosen.team}"
        self.stdout.write(f"{ticket.pk:>8}  {before:<32}  {after:<32}  {chosen.rule or '-'}")
        return chosen.rule


def _with_file(routing: Routing, file: Path) -> Routing:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"--file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--file {file} is not UTF-8") from None
    desk = parse_desk(parse_yaml(text, str(file)), str(file))
    return Routing(routing.brand, routing.version, routing.file, desk)
