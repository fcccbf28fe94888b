"""Read, add and delete the rules of X's filtered stream. Rejections inside a 2xx response are errors, too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import tweepy

from conf.brand.files import Brand, read_brands
from conf.brand.rules import Limits, Rule, build_all_rules
from conf.settings import X
from pipelines.sources.x.clients import call_with_retry
from runtime.errors import RulesRejected

Each = TypeVar("Each")
_RULES_PER_REQUEST = 100


@dataclass(frozen=True)
class StoredRule:
    """A rule in X; a rule without a tag has an empty one."""

    id: str
    value: str
    tag: str


def build_wanted_rules(limits: X, brands: Mapping[str, Brand] | None = None) -> list[Rule]:
    """The rules of `brands`, or of every brand's file, within the tier's limits; UsageError as `build_all_rules`."""
    known = read_brands() if brands is None else brands
    return build_all_rules(known, Limits(limits.max_rules, limits.max_rule_characters))


def read_rules(client: tweepy.StreamingClient, retry_timeout_seconds: float) -> list[StoredRule]:
    """Every rule of the app, those of other programs included; the JobError of the cause when X does not respond."""
    found: list[StoredRule] = []
    page: dict[str, str] = {}
    while True:
        response: dict[str, Any] = call_with_retry(partial(client.get_rules, **page), retry_timeout_seconds)
        found += [_stored(each) for each in response.get("data") or ()]
        token = (response.get("meta") or {}).get("next_token")
        if not token:
            return found
        page = {"pagination_token": token}


def check_rules(
    client: tweepy.StreamingClient, rules: Sequence[Rule], room: int, may_repeat: Iterable[str] = ()
) -> None:
    """Validate the rules in X without adding them; RulesRejected names the file and key of the first rejected one.

    X validates at most `room` rules per call; when that is 0, none are validated. `may_repeat` are values that X still
    stores under another tag.
    """
    repeated = frozenset(may_repeat)
    for batch in _batches(rules, room):
        response: dict[str, Any] = call_with_retry(partial(client.add_rules, _stream_rules(batch), dry_run=True))
        _raise_rejections(response, batch, "nothing was changed", repeated)


def add_rules(client: tweepy.StreamingClient, rules: Sequence[Rule]) -> None:
    """Add the rules; RulesRejected names the file and key of the first that X rejects and skips later batches."""
    for batch in _batches(rules):
        response: dict[str, Any] = call_with_retry(partial(client.add_rules, _stream_rules(batch)))
        _raise_rejections(response, batch, "run it again when that is repaired: the rules added so far stay")
        created = _summary(response).get("created", len(batch))
        if created != len(batch):
            raise RulesRejected(f"X created only {created} of {len(batch)} rules and gives no reason: run it again")


def delete_rules(client: tweepy.StreamingClient, rules: Sequence[StoredRule]) -> None:
    """Delete the rules; RulesRejected when X did not delete them all, also when one was already deleted."""
    for batch in _batches(rules):
        ids = [rule.id for rule in batch]
        response: dict[str, Any] = call_with_retry(partial(client.delete_rules, ids))
        if stayed := _summary(response).get("not_deleted", 0):
            reason = "; ".join(_words(error) for error in response.get("errors") or ()) or "no reason given"
            raise RulesRejected(f"X did not delete {stayed} of {len(ids)} rules ({reason}): run it again")


def _stored(rule: Mapping[str, Any]) -> StoredRule:
    return StoredRule(str(rule["id"]), rule["value"], rule.get("tag") or "")


def _stream_rules(rules: Iterable[Rule]) -> list[tweepy.StreamRule]:
    return [tweepy.StreamRule(value=rule.value, tag=rule.tag) for rule in rules]


def _raise_rejections(
    response: Mapping[str, Any], rules: Iterable[Rule], state: str, may_repeat: frozenset[str] = frozenset()
) -> None:
    errors = [error for error in response.get("errors") or () if not _is_repeat(error, may_repeat)]
    if not errors:
        return
    places = {rule.value: rule.place for rule in rules}
    first, more = errors[0], f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    place = places.get(str(first.get("value")), "conf/brands")
    raise RulesRejected(f"{place}: X rejects the rule {first.get('value')!r}: {_words(first)}{more}; {state}")


def _is_repeat(error: Mapping[str, Any], may_repeat: frozenset[str]) -> bool:
    return str(error.get("type", "")).endswith("/duplicate-rules") and error.get("value") in may_repeat


def _words(error: Mapping[str, Any]) -> str:
    details = error.get("details") or [error.get("detail") or error.get("message") or error.get("title") or "no reason"]
    return ", ".join(map(str, details))


def _summary(response: Mapping[str, Any]) -> dict[str, int]:
    return dict((response.get("meta") or {}).get("summary") or {})


def _batches(rules: Sequence[Each], most: int = _RULES_PER_REQUEST) -> Iterator[Sequence[Each]]:
    size = min(most, _RULES_PER_REQUEST)
    return (rules[start : start + size] for start in range(0, len(rules), size)) if size > 0 else iter(())
