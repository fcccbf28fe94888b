"""Reads run short: rules of low priority are taken out of X, and put back when there is enough again."""

import json
import logging

import tweepy

from conf.brand_rules import Limits, Rule, build_all_rules
from conf.brands import read_brands
from conf.settings import Settings
from pipelines.sources.collector_store import Store
from pipelines.sources.x_clients import open_stream
from pipelines.sources.x_rules import add_rules, delete_rules, read_rules

logger = logging.getLogger("brandpulse.budget")

_NOTE = "rules_off"
_LEAST_WANTED = {0: 0, 1: 3, 2: 2, 3: 2}
"""Level of the budget -> the lowest priority that goes; 0: none."""


class RuleGuard:
    """Switches the brands' rules by priority. JobErrors of X are passed on."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._client: tweepy.StreamingClient = open_stream(settings)

    def apply(self, level: int) -> None:
        """Bring X's rules in line with the level, unless nothing is off and nothing has to go."""
        off = self._off()
        if not level and not off:
            return
        patience = self._settings.x.patience_seconds
        rules = {(rule.value, rule.tag): rule for rule in self._ours()}
        stored = {(rule.value, rule.tag): rule for rule in read_rules(self._client, patience)}
        unwanted = {key for key, rule in rules.items() if level and rule.priority >= _LEAST_WANTED[level]}
        gone = [stored[key] for key in unwanted if key in stored]
        back = [rules[key] for key in off - unwanted if key in rules and key not in stored]
        self._note(unwanted & (off | stored.keys()))
        delete_rules(self._client, gone)
        add_rules(self._client, back)
        if gone or back:
            logger.warning("budget level=%d rules_off=%d rules_back=%d", level, len(gone), len(back))

    def _ours(self) -> list[Rule]:
        limits = self._settings.x
        return build_all_rules(read_brands(), Limits(limits.max_rules, limits.max_rule_characters))

    def _off(self) -> set[tuple[str, str]]:
        rows = self._store.rows("SELECT value FROM notes WHERE name = ?", _NOTE)
        return {(value, tag) for value, tag in json.loads(rows[0]["value"])} if rows else set()

    def _note(self, off: set[tuple[str, str]]) -> None:
        self._store.write("INSERT OR REPLACE INTO notes VALUES (?, ?)", _NOTE, json.dumps(sorted(off)))
