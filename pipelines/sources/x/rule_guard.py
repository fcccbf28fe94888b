"""Rules of low priority are removed from X while the read budget runs short, and restored afterwards."""

import logging

import tweepy

from conf.settings import Settings
from pipelines.sources.collector.store import Store, read_note, save_note
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.rules import add_rules, build_wanted_rules, delete_rules, read_rules

logger = logging.getLogger("brandpulse.budget")

_NOTE = "rules_off"
_FIRST_REMOVED_PRIORITY = {0: 0, 1: 3, 2: 2, 3: 2}
"""Level of the budget -> rules of this priority number and above are removed; 0: none."""


def read_rules_off(store: Store) -> set[tuple[str, str]]:
    """(value, tag) of the rules that the budget has removed from X."""
    return {(value, tag) for value, tag in read_note(store, _NOTE).get("off", ())}


class RuleGuard:
    """Removes and restores the brands' rules by priority. JobErrors of X are passed on."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._client: tweepy.StreamingClient = open_stream(settings)

    def apply(self, level: int) -> None:
        """Bring X's rules in line with the level; no call when no rule is removed or has to be."""
        off = read_rules_off(self._store)
        if not level and not off:
            return
        timeout = self._settings.x.retry_timeout_seconds
        rules = {(rule.value, rule.tag): rule for rule in build_wanted_rules(self._settings.x)}
        stored = {(rule.value, rule.tag): rule for rule in read_rules(self._client, timeout)}
        unwanted = {key for key, rule in rules.items() if level and rule.priority >= _FIRST_REMOVED_PRIORITY[level]}
        removed = [stored[key] for key in unwanted if key in stored]
        restored = [rules[key] for key in off - unwanted if key in rules and key not in stored]
        self._note(unwanted & (off | stored.keys()))
        delete_rules(self._client, removed)
        add_rules(self._client, restored)
        if removed or restored:
            logger.warning("budget level=%d rules_removed=%d rules_restored=%d", level, len(removed), len(restored))

    def _note(self, off: set[tuple[str, str]]) -> None:
        save_note(self._store, _NOTE, {"off": sorted(off)})
