"""conf/brands/*.yaml -> the rules of X's filtered stream: missing rules are added, obsolete ones deleted.

Only rules whose tag begins with `brand:` are ours; all others stay. A second run changes nothing. A brand keeps its
rules throughout: adding comes first, except for a rule that only changes its tag (X stores a text once) and where there
is no room for both. A rule that the collector has removed to save reads stays removed: the collector restores it.
"""

import logging
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import tweepy
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conf.brand.files import Brand, check_known_brand, read_brands
from conf.brand.rules import TAG_PREFIX, Rule
from conf.command_line import Options
from conf.settings import Settings, X
from pipelines.sources.collector.store import Store, has_store
from pipelines.sources.x.clients import open_client, open_stream
from pipelines.sources.x.counts import read_monthly_posts
from pipelines.sources.x.rule_guard import read_rules_off
from pipelines.sources.x.rules import StoredRule, add_rules, build_wanted_rules, check_rules, delete_rules, read_rules
from runtime.errors import RulesRejected

logger = logging.getLogger("brandpulse.sync_rules")


@dataclass(frozen=True)
class Plan:
    """The changes. `delete_first` are those of `delete` that must be deleted before the others can be added.

    `room` is the number of rules that X still accepts.
    """

    add: tuple[Rule, ...]
    keep: tuple[Rule, ...]
    delete: tuple[StoredRule, ...]
    delete_first: tuple[StoredRule, ...]
    foreign: tuple[StoredRule, ...]
    room: int
    off: tuple[Rule, ...] = ()
    """Wanted, but removed from X until the read budget allows them again."""


def run(settings: Settings, options: Options, console: Console, brands: Mapping[str, Brand] | None = None) -> None:
    """Bring X's rules in line with the brand files; with --dry-run only show the changes and their price.

    UsageError for a brand file, MissingPrerequisite without a token, RulesRejected with the file and the keys.
    """
    limits = settings.x
    wanted = _wanted(read_brands() if brands is None else brands, options.brand, limits)
    client: tweepy.StreamingClient = open_stream(settings)
    stored = read_rules(client, limits.retry_timeout_seconds)
    plan = plan_changes(wanted, stored, limits.max_rules, options.brand, _switched_off(settings))
    check_rules(client, plan.add, plan.room, (rule.value for rule in plan.delete_first))
    if options.dry_run:
        posts = read_monthly_posts(open_client(settings), wanted, limits.max_query_characters)
        _show(console, plan, posts, limits)
        return
    delete_rules(client, plan.delete_first)
    add_rules(client, plan.add)
    delete_rules(client, [rule for rule in plan.delete if rule not in plan.delete_first])
    logger.info(
        "%d rules added, %d deleted, %d unchanged; %d of other programs left alone%s%s",
        *(len(plan.add), len(plan.delete), len(plan.keep), len(plan.foreign)),
        f"; {len(plan.off)} stay removed until the read budget allows them again" if plan.off else "",
        "; active in X within 30 seconds" if plan.add or plan.delete else "",
    )


def plan_changes(
    wanted: Sequence[Rule],
    present: Sequence[StoredRule],
    max_rules: int,
    only: str | None = None,
    switched_off: Container[tuple[str, str]] = (),
) -> Plan:
    """Compare by text and tag; with `only`, other brands' rules are left alone like those of other programs.

    `switched_off` are the (text, tag) that the read budget has removed. RulesRejected when a rule that is left alone
    has the text of a new one, or there is no room.
    """
    off = [rule for rule in wanted if (rule.value, rule.tag) in switched_off]
    wanted = [rule for rule in wanted if rule not in off]
    ours = [rule for rule in present if _is_ours(rule, only)]
    foreign = [rule for rule in present if not _is_ours(rule, only)]
    stored = {(rule.value, rule.tag): rule for rule in reversed(ours)}
    keep = [rule for rule in wanted if (rule.value, rule.tag) in stored]
    add = [rule for rule in wanted if (rule.value, rule.tag) not in stored]
    kept = {stored[rule.value, rule.tag].id for rule in keep}
    delete = [rule for rule in ours if rule.id not in kept]
    _reject_clashes(add, foreign)
    _reject_too_many(len(wanted) + len(off), len(foreign), max_rules)
    values = {rule.value for rule in add}
    room = max_rules - len(present)
    delete_first = [rule for rule in delete if rule.value in values or len(add) > room]
    return Plan(tuple(add), tuple(keep), tuple(delete), tuple(delete_first), tuple(foreign), room, tuple(off))


def plan_table(plan: Plan, posts: Mapping[str, int | None], price_per_read: float) -> Table:
    """One row per rule: the change, tag, text, posts and US dollars per month (`?`: X cannot count them)."""
    table = Table("", "tag", "rule", title="Rules of X's filtered stream")
    table.add_column("posts per month", justify="right")
    table.add_column("USD per month", justify="right")
    signs = {"add": plan.add, "keep": plan.keep, "off (read budget)": plan.off}
    for sign, rule in ((sign, rule) for sign, rules in signs.items() for rule in rules):
        table.add_row(sign, *_words(rule), *_volume(posts.get(rule.value), price_per_read))
    for stored, sign in (*((rule, "delete") for rule in plan.delete), *((rule, "not ours") for rule in plan.foreign)):
        table.add_row(sign, *_words(stored))
    return table


def sum_posts(rules: Sequence[Rule], posts: Mapping[str, int | None]) -> dict[str, int]:
    """{slug: posts per month that X could count}; a post that matches several rules counts once for each."""
    found = dict.fromkeys((rule.slug for rule in rules), 0)
    for rule in rules:
        found[rule.slug] += posts.get(rule.value) or 0
    return found


def _wanted(brands: Mapping[str, Brand], only: str | None, limits: X) -> list[Rule]:
    check_known_brand(only, brands)
    return [rule for rule in build_wanted_rules(limits, brands) if only in (None, rule.slug)]


def _switched_off(settings: Settings) -> set[tuple[str, str]]:
    """The rules that this home's collector has removed, if one has run here."""
    if not has_store(settings):
        return set()
    with closing(Store(settings)) as store:
        return read_rules_off(store)


def _is_ours(rule: StoredRule, only: str | None) -> bool:
    prefix = TAG_PREFIX if only is None else f"{TAG_PREFIX}{only}:"
    return f"{rule.tag}:".startswith(prefix)


def _reject_clashes(add: Sequence[Rule], foreign: Sequence[StoredRule]) -> None:
    values = {rule.value: rule for rule in foreign}
    for rule in add:
        if rule.value in values:
            raise RulesRejected(
                f"{rule.place}: X already has this text as rule {values[rule.value].id}, which is not ours; "
                "delete that rule or change the entry"
            )


def _reject_too_many(wanted: int, foreign: int, max_rules: int) -> None:
    if wanted + foreign > max_rules:
        raise RulesRejected(
            f"{wanted} rules of the brands and {foreign} that are not ours are more than x.max_rules ({max_rules}): "
            "remove entries from conf/brands/*.yaml, or other programs' rules from X"
        )


def _show(console: Console, plan: Plan, posts: Mapping[str, int | None], limits: X) -> None:
    console.print(plan_table(plan, posts, limits.price_per_read))
    rules = (*plan.add, *plan.keep)
    by_brand = sum_posts(rules, posts)
    for slug, count in sorted(by_brand.items()):
        console.print(f"{slug}: {count:,} posts, {count * limits.price_per_read:,.2f} USD per month")
    total, uncounted = sum(by_brand.values()), sum(posts.get(rule.value) is None for rule in rules)
    console.print(
        f"total: {total:,} posts, {total * limits.price_per_read:,.2f} USD per month, "
        f"{total / limits.monthly_reads:.1%} of the {limits.monthly_reads:,} reads of x.monthly_reads"
    )
    console.print(
        f"Forecast from the last 7 days; {uncounted} rules could not be counted. X does not count retweets here but "
        "delivers and bills them; a post that matches several rules is counted in each but billed once.",
        style="dim",
    )


def _words(rule: Rule | StoredRule) -> tuple[Text, Text]:
    return Text(rule.tag), Text(rule.value)


def _volume(count: int | None, price_per_read: float) -> tuple[str, str]:
    return ("?", "?") if count is None else (f"{count:,}", f"{count * price_per_read:,.2f}")
