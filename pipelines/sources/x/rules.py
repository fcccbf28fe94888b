"""The rules that X's filtered stream holds: read, added, deleted. What X refuses inside a 2xx is read, too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import tweepy

from conf.brand.files import Brand, read_brands
from conf.brand.rules import Limits, Rule, build_all_rules
from conf.settings import X
from pipelines.sources.x.clients import asking
from runtime.errors import RulesRejected

Each = TypeVar("Each")
_RULES_A_REQUEST = 100


@dataclass(frozen=True)
class StoredRule:
    """A rule as X holds it; a rule without a tag has an empty one."""

    id: str
    value: str
    tag: str


def build_wanted_rules(limits: X, brands: Mapping[str, Brand] | None = None) -> list[Rule]:
    """The rules of `brands`, or of every brand's file, within the tier's limits; UsageError as `build_all_rules`."""
    known = read_brands() if brands is None else brands
    return build_all_rules(known, Limits(limits.max_rules, limits.max_rule_characters))


def read_rules(client: tweepy.StreamingClient, retry_timeout_seconds: float) -> list[StoredRule]:
    """Every rule of the app, also those of others; the JobError of the cause when X does not answer."""
    found: list[StoredRule] = []
    page: dict[str, str] = {}
    while True:
        answer: dict[str, Any] = asking(partial(client.get_rules, **page), retry_timeout_seconds)
        found += [_stored(each) for each in answer.get("data") or ()]
        token = (answer.get("meta") or {}).get("next_token")
        if not token:
            return found
        page = {"pagination_token": token}


def check_rules(
    client: tweepy.StreamingClient, rules: Sequence[Rule], room: int, may_repeat: Iterable[str] = ()
) -> None:
    """Let X check the rules without keeping them; RulesRejected names the place of the first that it refuses.

    X checks no more rules at once than it has `room` for; without any nothing is checked. `may_repeat` are values
    that X still holds under another tag.
    """
    repeated = frozenset(may_repeat)
    for batch in _batches(rules, room):
        answer: dict[str, Any] = asking(partial(client.add_rules, _as_x_takes_them(batch), dry_run=True))
        _raise_refusals(answer, batch, "nothing was changed", repeated)


def add_rules(client: tweepy.StreamingClient, rules: Sequence[Rule]) -> None:
    """Add the rules; RulesRejected names the place of the first that X refuses, and no more are sent after it."""
    for batch in _batches(rules):
        answer: dict[str, Any] = asking(partial(client.add_rules, _as_x_takes_them(batch)))
        _raise_refusals(answer, batch, "run it again when that is mended: what was added stays")
        created = _summary(answer).get("created", len(batch))
        if created != len(batch):
            raise RulesRejected(f"X made {created} of {len(batch)} rules and does not say why: run it again")


def delete_rules(client: tweepy.StreamingClient, rules: Sequence[StoredRule]) -> None:
    """Delete the rules; RulesRejected when X did not delete them all, also when one was gone already."""
    for batch in _batches(rules):
        ids = [rule.id for rule in batch]
        answer: dict[str, Any] = asking(partial(client.delete_rules, ids))
        if stayed := _summary(answer).get("not_deleted", 0):
            reason = "; ".join(_words(error) for error in answer.get("errors") or ()) or "it does not say why"
            raise RulesRejected(f"X kept {stayed} of {len(ids)} rules that were to be deleted ({reason}): run it again")


def _stored(rule: Mapping[str, Any]) -> StoredRule:
    return StoredRule(str(rule["id"]), rule["value"], rule.get("tag") or "")


def _as_x_takes_them(rules: Iterable[Rule]) -> list[tweepy.StreamRule]:
    return [tweepy.StreamRule(value=rule.value, tag=rule.tag) for rule in rules]


def _raise_refusals(
    answer: Mapping[str, Any], rules: Iterable[Rule], state: str, may_repeat: frozenset[str] = frozenset()
) -> None:
    errors = [error for error in answer.get("errors") or () if not _is_repeat(error, may_repeat)]
    if not errors:
        return
    places = {rule.value: rule.place for rule in rules}
    first, more = errors[0], f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    place = places.get(str(first.get("value")), "conf/brands")
    raise RulesRejected(f"{place}: X refuses the rule {first.get('value')!r}: {_words(first)}{more}; {state}")


def _is_repeat(error: Mapping[str, Any], may_repeat: frozenset[str]) -> bool:
    return str(error.get("type", "")).endswith("/duplicate-rules") and error.get("value") in may_repeat


def _words(error: Mapping[str, Any]) -> str:
    details = error.get("details") or [error.get("detail") or error.get("message") or error.get("title") or "no reason"]
    return ", ".join(map(str, details))


def _summary(answer: Mapping[str, Any]) -> dict[str, int]:
    return dict((answer.get("meta") or {}).get("summary") or {})


def _batches(rules: Sequence[Each], most: int = _RULES_A_REQUEST) -> Iterator[Sequence[Each]]:
    size = min(most, _RULES_A_REQUEST)
    return (rules[start : start + size] for start in range(0, len(rules), size)) if size > 0 else iter(())
