"""A brand file -> rules of X's filtered stream. Pure: the same file gives the same rules, in the same order.

Each kind of entry becomes one rule, or several when it is longer than X allows:

    (@FlySkyvarn OR from:FlySkyvarn OR to:FlySkyvarn) -is:nullcast (lang:en OR lang:und)      brand:skyvarn:handle

Exclusions, languages and regions follow every rule; the entries of a list are the terms of an OR. X's stream is
sensitive to accents: a name with accents is also matched without.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from conf.brand.language import parse_part
from conf.brand.listening import Listening
from conf.brand.terms import Group
from runtime.errors import UsageError

PRIORITIES = {"handle": 1, "names": 1, "keywords": 1, "products": 2, "competitors": 3}
"""{kind of entry: priority of its rules}. 1 is never removed; the highest number is removed first."""
TAG_PREFIX = "brand:"
NO_BRAND = "unassigned"
"""The brand of a tweet without a matching rule, so that the insights count every tweet."""
_STREAM_ONLY = ("bio:", "bio_name:", "bio_location:")


class Limits(NamedTuple):
    """X's limits: the number of rules, and the characters of one rule."""

    max_rules: int
    max_rule_characters: int


@dataclass(frozen=True)
class Rule:
    """One rule of X. `value` is made of `terms` (alternatives) and `suffix` (after all of them); `places` are keys."""

    value: str
    tag: str
    priority: int = 1
    places: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def slug(self) -> str:
        """The brand's slug."""
        return self.tag.split(":")[1]

    @property
    def place(self) -> str:
        """The file and keys that the rule was made from."""
        return f"{file_of(self.slug)}: {', '.join(self.places)}"


class _Alternative(NamedTuple):
    term: str
    place: str


def file_of(slug: str) -> str:
    """The brand's file, as named in errors."""
    return f"conf/brands/{slug}.yaml"


def rule_tag(slug: str, what: str) -> str:
    """`brand:<slug>:<what>`, the tag of a tweet for each rule that it matches."""
    return f"{TAG_PREFIX}{slug}:{what}"


def build_rules(slug: str, brand: Listening, limits: Limits) -> list[Rule]:
    """The brand's rules, most important first; none when it has no handle, names or keywords.

    UsageError names an entry that is too long (with the suffix), or reports too many rules.
    """
    if not (brand.handle or brand.names or brand.keywords):
        return []
    suffix = _suffix(brand)
    rules: list[Rule] = []
    for what, priority in PRIORITIES.items():
        for part in _split(_alternatives(brand, what), suffix, limits.max_rule_characters, file_of(slug)):
            terms = tuple(alternative.term for alternative in part)
            places = tuple(dict.fromkeys(alternative.place for alternative in part))
            rules.append(Rule(_value(terms, suffix), rule_tag(slug, what), priority, places, terms, suffix))
    return _within(rules, limits, file_of(slug))


def build_all_rules(brands: Mapping[str, Listening], limits: Limits) -> list[Rule]:
    """The rules of every brand, by slug; no two have the same value.

    X stores one rule per value: what two brands share (such as a competitor) is put into brackets for the second.
    """
    rules: dict[str, Rule] = {}
    for slug in sorted(brands):
        for rule in build_rules(slug, brands[slug], limits):
            value = rule.value
            while value in rules:
                value = f"({value})"
            if len(value) > limits.max_rule_characters:
                raise UsageError(
                    f"{rule.place}: the same rule as {rules[rule.value].place}, and too long to make it distinct"
                )
            rules[value] = replace(rule, value=value)
    return _within(list(rules.values()), limits, "conf/brands")


def search_queries(rule: Rule, max_characters: int) -> tuple[list[str], list[str]]:
    """The rule as queries for X's search and counts, and the terms that these do not support.

    A query has at most `max_characters`; a tweet may match several queries. Search does not look into profiles.
    """
    supported = {term: _searchable(term, rule.suffix, max_characters) for term in rule.terms}
    alternatives = [_Alternative(term, "") for term, is_supported in supported.items() if is_supported]
    parts = _split(alternatives, rule.suffix, max_characters, rule.place)
    queries = [_value([alternative.term for alternative in part], rule.suffix) for part in parts]
    return queries, [term for term, is_supported in supported.items() if not is_supported]


def _searchable(term: str, suffix: str, max_characters: int) -> bool:
    return len(_value([term], suffix)) <= max_characters and not any(each in term + suffix for each in _STREAM_ONLY)


def _alternatives(brand: Listening, what: str) -> list[_Alternative]:
    if what == "handle":
        forms = ("@{}", "from:{}", "to:{}") if brand.handle else ()
        return [_Alternative(form.format(brand.handle), what) for form in forms]
    found: dict[str, _Alternative] = {}
    for number, entry in enumerate(getattr(brand, what)):
        for term in _alternative_terms(entry) if what == "keywords" else _spellings(entry):
            found.setdefault(term.casefold(), _Alternative(term, f"{what}.{number}"))
    return list(found.values())


def _alternative_terms(keyword: str) -> list[str]:
    node = parse_part(keyword)
    return [str(part) for part in node.parts] if isinstance(node, Group) and node.is_choice else [keyword]


def _spellings(text: str) -> list[str]:
    return list(dict.fromkeys((text, _without_accents(text))))


def _without_accents(text: str) -> str:
    """Only for Latin letters: in other scripts combining characters are part of the letter."""
    letters: list[str] = []
    for letter in text:
        base = unicodedata.normalize("NFD", letter)[0]
        letters.append(base if unicodedata.name(base, "").startswith("LATIN") else letter)
    return "".join(letters)


def _suffix(brand: Listening) -> str:
    excluded = [f"-{spelling}" for entry in brand.exclusions for spelling in _spellings(entry)]
    languages = _any_of(tuple(f"lang:{code}" for code in dict.fromkeys(brand.languages)))
    regions = _any_of(tuple(f"place_country:{code}" for code in dict.fromkeys(brand.regions)))
    return " ".join([*dict.fromkeys(excluded), *languages, *regions])


def _any_of(terms: Sequence[str]) -> list[str]:
    return [f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]] if terms else []


def _value(terms: Sequence[str], suffix: str) -> str:
    """AND binds before OR: alternatives with a suffix are put into brackets."""
    return f"{_any_of(terms)[0]} {suffix}" if suffix else " OR ".join(terms)


def _split(alternatives: list[_Alternative], suffix: str, max_characters: int, file: str) -> list[list[_Alternative]]:
    parts: list[list[_Alternative]] = []
    for alternative in alternatives:
        length = len(_value([alternative.term], suffix))
        if length > max_characters:
            detail = " with the exclusions, languages and regions" if suffix else ""
            raise UsageError(
                f"{file}: {alternative.place}: takes {length:,} characters{detail}; X allows {max_characters:,}"
            )
        if parts and len(_value([each.term for each in (*parts[-1], alternative)], suffix)) <= max_characters:
            parts[-1].append(alternative)
        else:
            parts.append([alternative])
    return parts


def _within(rules: list[Rule], limits: Limits, place: str) -> list[Rule]:
    if len(rules) > limits.max_rules:
        raise UsageError(f"{place}: {len(rules):,} rules; x.max_rules allows {limits.max_rules:,}: remove entries")
    return rules
