"""Source of the alert rules: those of the brands' files, and the newest versions of those from the page, by SQL."""

from collections.abc import Sequence
from typing import Any

from conf.alert_rules import Rule
from conf.brand.files import read_brands
from conf.settings import Settings
from pipelines.sources.accounts import open_accounts

TABLE = "alerts_ruleversion"
COLUMNS = (
    *("rule_id", "version", "brand", "name", "figure", "comparison", "threshold"),
    *("min_tweets", "quiet_minutes", "is_enabled"),
)


def read_alert_rules(settings: Settings) -> list[Rule]:
    """The rules in use: the newest version of each, where that is not switched off."""
    newest = {rule.rule_id: rule for rule in file_rules()}
    for rule in sorted(_page_rules(settings), key=lambda rule: rule.version):
        newest[rule.rule_id] = rule
    return [rule for rule in newest.values() if rule.is_enabled]


def file_rules() -> list[Rule]:
    """The rules of the brands' files; `<brand>-<number>` is the id, which a version of the page may take over."""
    return [
        Rule(f"{slug}-{number}", 0, slug, **rule.model_dump())
        for slug, brand in read_brands().items()
        for number, rule in enumerate(brand.alerts, 1)
    ]


def _page_rules(settings: Settings) -> list[Rule]:
    with open_accounts(settings) as accounts:
        if accounts is None or not accounts.has_table(TABLE):
            return []
        return [_rule(row) for row in accounts.execute(f"SELECT {', '.join(COLUMNS)} FROM {TABLE}")]


def _rule(row: Sequence[Any]) -> Rule:
    values = dict(zip(COLUMNS, row, strict=True))
    return Rule(**(values | {"is_enabled": bool(values["is_enabled"])}))
