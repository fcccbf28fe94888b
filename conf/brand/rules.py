"""A brand's file -> rules of X's filtered stream. Pure: the same file gives the same rules, in the same order.

One kind of entry makes one rule, or several when it is longer than X allows:

    (@FlySkyvarn OR from:FlySkyvarn OR to:FlySkyvarn) -is:nullcast (lang:en OR lang:und)      brand:skyvarn:handle

Exclusions, languages and regions stand behind every rule, each alternative of a list is one term of an OR. X tells
accents apart on the stream: a name with accents is also looked for without.
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
"""What a rule listens to -> its priority. 1 is never switched off; the highest number is the first to go."""
TAG_PREFIX = "brand:"
_STREAM_ONLY = ("bio:", "bio_name:", "bio_location:")


class Limits(NamedTuple):
    """What X allows: rules in all, and characters of one."""

    max_rules: int
    max_rule_characters: int


@dataclass(frozen=True)
class Rule:
    """One rule of X. `terms` (alternatives) and `suffix` (behind all of them) make `value`; `places` are keys."""

    value: str
    tag: str
    priority: int = 1
    places: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def slug(self) -> str:
        """The brand's."""
        return self.tag.split(":")[1]

    @property
    def place(self) -> str:
        """Where a person finds what the rule was made from."""
        return f"{file_of(self.slug)}: {', '.join(self.places)}"


class _Alternative(NamedTuple):
    term: str
    place: str


def file_of(slug: str) -> str:
    """The brand's file, as errors call it."""
    return f"conf/brands/{slug}.yaml"


def rule_tag(slug: str, what: str) -> str:
    """`brand:<slug>:<what>`, what a tweet carries for each rule that it fits."""
    return f"{TAG_PREFIX}{slug}:{what}"


def build_rules(slug: str, brand: Listening, limits: Limits) -> list[Rule]:
    """The brand's rules, most important first; none when it has no handle, names or keywords.

    UsageError names the entry that is too long with what stands behind it, or says that there are too many rules.
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

    X takes one rule of a value: what two brands share (a competitor, say) is put into brackets for the second.
    """
    rules: dict[str, Rule] = {}
    for slug in sorted(brands):
        for rule in build_rules(slug, brands[slug], limits):
            value = rule.value
            while value in rules:
                value = f"({value})"
            if len(value) > limits.max_rule_characters:
                raise UsageError(
                    f"{rule.place}: the same rule as {rules[rule.value].place}, and too long to tell apart"
                )
            rules[value] = replace(rule, value=value)
    return _within(list(rules.values()), limits, "conf/brands")


def search_queries(rule: Rule, max_characters: int) -> tuple[list[str], list[str]]:
    """The rule as queries for X's search and counts, and the terms that these cannot take.

    A query is at most `max_characters` long; a tweet may fit several of them. Search does not look into profiles.
    """
    fits = {term: _searchable(term, rule.suffix, max_characters) for term in rule.terms}
    alternatives = [_Alternative(term, "") for term, is_taken in fits.items() if is_taken]
    parts = _split(alternatives, rule.suffix, max_characters, rule.place)
    queries = [_value([alternative.term for alternative in part], rule.suffix) for part in parts]
    return queries, [term for term, is_taken in fits.items() if not is_taken]


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
    """Latin letters alone: in other scripts the marks are letters."""
    kept: list[str] = []
    for letter in text:
        base = unicodedata.normalize("NFD", letter)[0]
        kept.append(base if unicodedata.name(base, "").startswith("LATIN") else letter)
    return "".join(kept)


def _suffix(brand: Listening) -> str:
    excluded = [f"-{spelling}" for entry in brand.exclusions for spelling in _spellings(entry)]
    languages = _any_of(tuple(f"lang:{code}" for code in dict.fromkeys(brand.languages)))
    regions = _any_of(tuple(f"place_country:{code}" for code in dict.fromkeys(brand.regions)))
    return " ".join([*dict.fromkeys(excluded), *languages, *regions])


def _any_of(terms: Sequence[str]) -> list[str]:
    return [f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]] if terms else []


def _value(terms: Sequence[str], suffix: str) -> str:
    """AND binds before OR: alternatives with something behind them stand in brackets."""
    return f"{_any_of(terms)[0]} {suffix}" if suffix else " OR ".join(terms)


def _split(alternatives: list[_Alternative], suffix: str, most: int, file: str) -> list[list[_Alternative]]:
    parts: list[list[_Alternative]] = []
    for alternative in alternatives:
        length = len(_value([alternative.term], suffix))
        if length > most:
            behind = " with the exclusions, languages and regions" if suffix else ""
            raise UsageError(f"{file}: {alternative.place}: takes {length:,} characters{behind}; X allows {most:,}")
        if parts and len(_value([each.term for each in (*parts[-1], alternative)], suffix)) <= most:
            parts[-1].append(alternative)
        else:
            parts.append([alternative])
    return parts


def _within(rules: list[Rule], limits: Limits, place: str) -> list[Rule]:
    if len(rules) > limits.max_rules:
        raise UsageError(f"{place}: {len(rules):,} rules; x.max_rules allows {limits.max_rules:,}: take entries out")
    return rules
