"""The rules of the filtered stream; changes take effect after a delay."""

from dataclasses import dataclass
from math import inf

from stack.x_emulator.checking import errors_of
from stack.x_emulator.clock import Clock
from stack.x_emulator.contract import Json
from stack.x_emulator.matching import Matcher, compile_matcher
from stack.x_emulator.posts import Post
from stack.x_emulator.problems import problem


@dataclass(slots=True)
class Rule:
    """A rule in effect between `from_` and `until`, in seconds of the emulator's clock."""

    id: int
    value: str
    tag: str | None
    matches: Matcher
    from_: float
    until: float = inf

    def document(self) -> Json:
        """{"id", "value", "tag"?}."""
        tagged = {"tag": self.tag} if self.tag is not None else {}
        return {"id": str(self.id), "value": self.value, **tagged}


class RuleBook:
    """`listed` is what the API returns; a change takes effect `delay` seconds later."""

    def __init__(self, clock: Clock, delay: float, limit: int, max_characters: int) -> None:
        self._clock, self._delay = clock, delay
        self.limit, self._max_characters = limit, max_characters
        self.listed: dict[int, Rule] = {}
        self._alive: list[Rule] = []

    def add(self, rule_id: int, value: str, tag: str | None) -> Rule:
        rule = Rule(rule_id, value, tag, compile_matcher(value, "stream"), self._clock.now() + self._delay)
        self.listed[rule.id] = rule
        self._alive.append(rule)
        return rule

    def error(self, value: str) -> Json | None:
        """The problem document for an invalid or duplicate rule, or None."""
        same = next((rule for rule in self.listed.values() if rule.value.strip() == value.strip()), None)
        if same:
            return problem("duplicate_rule", value=value, id=same.id)
        found = errors_of(value, "stream", self._max_characters)
        return problem("invalid_rule", value=value) | {"details": found} if found else None

    def delete(self, rule: Rule) -> None:
        del self.listed[rule.id]
        rule.until = max(self._clock.now() + self._delay, rule.from_)

    def withdraw(self, rule: Rule) -> None:
        """Undo an addition, for a dry run."""
        del self.listed[rule.id]
        self._alive.remove(rule)

    def matching(self, post: Post) -> tuple[tuple[int, str | None], ...]:
        """(id, tag) of the rules that match the post and are in effect now."""
        now = self._clock.now()
        if any(rule.until <= now for rule in self._alive):
            self._alive = [rule for rule in self._alive if rule.until > now]
        return tuple((rule.id, rule.tag) for rule in self._alive if rule.from_ <= now and rule.matches(post))
