"""Routing rules that can never take a ticket: unreachable by themselves, or shadowed by the rules before them."""

from collections.abc import Callable, Collection, Iterator, Sequence

from conf.brand.desk import Desk, Rule
from conf.brand.files import Brand
from conf.brand.phrases import has_phrase

_LISTS = ("categories", "languages", "regions")
"""Conditions of which a ticket has exactly one value."""
_PHRASES = ("products", "words")
"""Conditions on the text: one of the phrases is in it."""


def find_faults(brand: Brand, desk: Desk) -> list[str]:
    """One sentence for each rule that can never take a ticket of this brand; [] where there is none."""
    own = set(brand.categories.own_names.values()) | {added.name for added in brand.categories.add}
    known = {"categories": own, "languages": set(brand.languages), "regions": set(brand.regions)}
    faults: list[str] = []
    for place, rule in enumerate(desk.rules):
        unreachable = next(_unreachable(rule, known, brand.products), None)
        shadow = _shadow(rule, desk.rules[:place], known)
        if unreachable:
            faults.append(f"rule {rule.name} is unreachable: {unreachable}")
        elif shadow:
            faults.append(
                f"rule {rule.name} is shadowed: {' and '.join(shadow)} take every ticket that it matches"
                if len(shadow) > 1
                else f"rule {rule.name} is shadowed: {shadow[0]} takes every ticket that it matches"
            )
    return faults


def _unreachable(rule: Rule, known: dict[str, set[str]], products: Sequence[str]) -> Iterator[str]:
    """What no ticket of the brand has, although the rule asks for it. An empty set of known values: anything."""
    for field in _LISTS:
        asked, possible = getattr(rule, field), known[field]
        unknown = [value for value in asked if possible and value not in possible]
        if unknown and (field == "categories" or len(unknown) == len(asked)):
            yield f"{field} {', '.join(unknown)}: the brand has {', '.join(sorted(possible))}"
    plain = {product.casefold() for product in products}
    foreign = [product for product in rule.products if product.casefold() not in plain]
    if foreign:
        yield f"products {', '.join(foreign)}: the brand has {', '.join(products) or 'none'}"


def _shadow(rule: Rule, earlier: Sequence[Rule], known: dict[str, set[str]]) -> list[str]:
    """The earlier rules that together take whatever `rule` matches; [] if something is left for it.

    One rule that asks for less, or several that ask for less but for one list, whose values they share out.
    """
    for field in _LISTS:
        weaker = [each for each in earlier if _asks_for_less(each, rule, without=field)]
        alone = next((each for each in weaker if not getattr(each, field)), None)
        if alone:
            return [alone.name]
        left = set(getattr(rule, field)) or set(known[field])
        if not left:
            continue
        used = [each for each in weaker if left & set(getattr(each, field))]
        if left <= {value for each in used for value in getattr(each, field)}:
            return [each.name for each in used]
    return []


def _asks_for_less(earlier: Rule, rule: Rule, without: str) -> bool:
    """Whether all conditions of `earlier`, but for the list `without`, hold wherever those of `rule` do."""
    lists = (field for field in _LISTS if field != without)
    return (
        earlier.min_followers <= rule.min_followers
        and all(_covers(getattr(earlier, field), getattr(rule, field), _is_one_of) for field in lists)
        and all(_covers(getattr(earlier, field), getattr(rule, field), _is_in) for field in _PHRASES)
    )


def _covers(weak: Collection[str], strong: Collection[str], implies: Callable[[str, Collection[str]], bool]) -> bool:
    return not weak or (bool(strong) and all(implies(value, weak) for value in strong))


def _is_one_of(value: str, values: Collection[str]) -> bool:
    return value in values


def _is_in(phrase: str, phrases: Collection[str]) -> bool:
    """A text with `phrase` has one of `phrases`, since the phrase itself has it."""
    return has_phrase(phrase, phrases)
