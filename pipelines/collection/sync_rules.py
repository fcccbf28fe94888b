"""conf/brands/*.yaml -> the rules of X's filtered stream: what is missing is added, what nobody wants is deleted.

Ours are the rules whose tag begins with `brand:`; those of others stay as they are. Run twice, the second run changes
nothing. A brand that keeps its rules is never without them: adding comes first, but for a rule that only changes its
tag (X takes no second one of its text) and where there is no room for both. A rule that the collector has switched off
because reads run short stays out: the collector puts it back.
"""

import logging
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import tweepy
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conf.brand.files import Brand, read_brands
from conf.brand.rules import TAG_PREFIX, Rule, file_of
from conf.command_line import Options
from conf.settings import Settings, X
from pipelines.sources.collector.store import Store, has_store
from pipelines.sources.x.clients import open_client, open_stream
from pipelines.sources.x.counts import read_monthly_posts
from pipelines.sources.x.rule_guard import read_rules_off
from pipelines.sources.x.rules import StoredRule, add_rules, build_wanted_rules, check_rules, delete_rules, read_rules
from runtime.errors import RulesRejected, UsageError

logger = logging.getLogger("brandpulse.sync_rules")


@dataclass(frozen=True)
class Plan:
    """What has to happen. `in_the_way` are those of `delete` that must go before the others can be added.

    `room` is how many more rules X takes now.
    """

    add: tuple[Rule, ...]
    keep: tuple[Rule, ...]
    delete: tuple[StoredRule, ...]
    in_the_way: tuple[StoredRule, ...]
    foreign: tuple[StoredRule, ...]
    room: int
    off: tuple[Rule, ...] = ()
    """Wanted, but out of X until reads are enough again."""


def run(settings: Settings, options: Options, console: Console, brands: Mapping[str, Brand] | None = None) -> None:
    """Bring X's rules in line with the brands' files; with --dry-run only show what would change, and its price.

    JobErrors: UsageError (a brand's file), MissingPrerequisite (no token), RulesRejected with the file and the keys.
    """
    limits = settings.x
    wanted = _wanted(read_brands() if brands is None else brands, options.brand, limits)
    client: tweepy.StreamingClient = open_stream(settings)
    stored = read_rules(client, limits.retry_timeout_seconds)
    plan = plan_changes(wanted, stored, limits.max_rules, options.brand, _switched_off(settings))
    check_rules(client, plan.add, plan.room, (rule.value for rule in plan.in_the_way))
    if options.dry_run:
        posts = read_monthly_posts(open_client(settings), wanted, limits.max_query_characters)
        _show(console, plan, posts, limits)
        return
    delete_rules(client, plan.in_the_way)
    add_rules(client, plan.add)
    delete_rules(client, [rule for rule in plan.delete if rule not in plan.in_the_way])
    logger.info(
        "%d rules added, %d deleted, %d kept; %d of others left alone%s%s",
        *(len(plan.add), len(plan.delete), len(plan.keep), len(plan.foreign)),
        f"; {len(plan.off)} stay out until reads are enough again" if plan.off else "",
        "; X follows within half a minute" if plan.add or plan.delete else "",
    )


def plan_changes(
    wanted: Sequence[Rule],
    present: Sequence[StoredRule],
    max_rules: int,
    only: str | None = None,
    switched_off: Container[tuple[str, str]] = (),
) -> Plan:
    """Compare by text and tag; with `only`, other brands' rules are left alone like those of others.

    `switched_off` are (text, tag) that shall not be in X now. RulesRejected when one that is left alone has the text of
    a new one, or there is no room.
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
    _refuse_clashes(add, foreign)
    _refuse_too_many(len(wanted) + len(off), len(foreign), max_rules)
    values = {rule.value for rule in add}
    room = max_rules - len(present)
    in_the_way = [rule for rule in delete if rule.value in values or len(add) > room]
    return Plan(tuple(add), tuple(keep), tuple(delete), tuple(in_the_way), tuple(foreign), room, tuple(off))


def plan_table(plan: Plan, posts: Mapping[str, int | None], price_per_read: float) -> Table:
    """One line a rule: what happens to it, tag, text, posts and US dollars a month (`?`: X cannot count them)."""
    table = Table("", "tag", "rule", title="Rules of X's filtered stream")
    table.add_column("posts a month", justify="right")
    table.add_column("USD a month", justify="right")
    signs = {"add": plan.add, "keep": plan.keep, "off (reads run short)": plan.off}
    for sign, rule in ((sign, rule) for sign, rules in signs.items() for rule in rules):
        table.add_row(sign, *_words(rule), *_volume(posts.get(rule.value), price_per_read))
    for stored, sign in (*((rule, "delete") for rule in plan.delete), *((rule, "not ours") for rule in plan.foreign)):
        table.add_row(sign, *_words(stored))
    return table


def sum_posts(rules: Sequence[Rule], posts: Mapping[str, int | None]) -> dict[str, int]:
    """{slug: posts a month of what X could count}; a post that fits several rules is in there once for each."""
    found = dict.fromkeys((rule.slug for rule in rules), 0)
    for rule in rules:
        found[rule.slug] += posts.get(rule.value) or 0
    return found


def _wanted(brands: Mapping[str, Brand], only: str | None, limits: X) -> list[Rule]:
    if only is not None and only not in brands:
        raise UsageError(f"--brand {only}: there is no {file_of(only)}")
    return [rule for rule in build_wanted_rules(limits, brands) if only in (None, rule.slug)]


def _switched_off(settings: Settings) -> set[tuple[str, str]]:
    """By the collector of this home, if one has worked here."""
    if not has_store(settings):
        return set()
    with closing(Store(settings)) as store:
        return read_rules_off(store)


def _is_ours(rule: StoredRule, only: str | None) -> bool:
    mark = TAG_PREFIX if only is None else f"{TAG_PREFIX}{only}:"
    return f"{rule.tag}:".startswith(mark)


def _refuse_clashes(add: Sequence[Rule], foreign: Sequence[StoredRule]) -> None:
    values = {rule.value: rule for rule in foreign}
    for rule in add:
        if rule.value in values:
            raise RulesRejected(
                f"{rule.place}: X already holds this text as rule {values[rule.value].id}, which is not ours; "
                "delete that one or change the entry"
            )


def _refuse_too_many(wanted: int, foreign: int, max_rules: int) -> None:
    if wanted + foreign > max_rules:
        raise RulesRejected(
            f"{wanted} rules of the brands and {foreign} that are not ours are more than x.max_rules ({max_rules}): "
            "take entries out of conf/brands/*.yaml, or the others' rules out of X"
        )


def _show(console: Console, plan: Plan, posts: Mapping[str, int | None], limits: X) -> None:
    console.print(plan_table(plan, posts, limits.price_per_read))
    rules = (*plan.add, *plan.keep)
    by_brand = sum_posts(rules, posts)
    for slug, count in sorted(by_brand.items()):
        console.print(f"{slug}: {count:,} posts, {count * limits.price_per_read:,.2f} USD a month")
    total, uncounted = sum(by_brand.values()), sum(posts.get(rule.value) is None for rule in rules)
    console.print(
        f"together: {total:,} posts, {total * limits.price_per_read:,.2f} USD a month, "
        f"{total / limits.monthly_reads:.1%} of the {limits.monthly_reads:,} reads of x.monthly_reads"
    )
    console.print(
        f"From the last 7 days; {uncounted} rules could not be counted. X counts no retweets here but delivers and "
        "bills them; a post that fits several rules is counted in each but billed once.",
        style="dim",
    )


def _words(rule: Rule | StoredRule) -> tuple[Text, Text]:
    return Text(rule.tag), Text(rule.value)


def _volume(count: int | None, price_per_read: float) -> tuple[str, str]:
    return ("?", "?") if count is None else (f"{count:,}", f"{count * price_per_read:,.2f}")
