"""Invented details of a text: amounts, times, references, addresses. None of them is real."""

from collections.abc import Callable, Mapping
from random import Random
from string import ascii_letters, digits

Slot = Callable[[Random], str]
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday monday tues weds thursday fri sat sunday"
_MONTHS = "January February March April May June July August September October November December"
_DOMAINS = ("mail.example", "post.example", "inbox.example")


def money(lowest: int, highest: int) -> Slot:
    """Amounts in a range, small ones more often."""

    def amount(rng: Random) -> str:
        whole = int(lowest * (highest / lowest) ** rng.random())
        sign = rng.choice("£££$€")
        return f"{sign}{whole}.{rng.randint(0, 99):02d}" if rng.random() < 0.4 else f"{sign}{whole}"

    return amount


def _clock(rng: Random) -> str:
    hour = rng.randint(5, 23)
    minute = rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 50, 55))
    return rng.choice((f"{hour}:{minute:02d}", f"{(hour - 1) % 12 + 1}{'am' if hour < 12 else 'pm'}"))


def _order(rng: Random) -> str:
    return rng.choice(
        (f"#{rng.randint(10_000, 9_999_999)}", "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6)))
    )


def _phone(rng: Random) -> str:
    return rng.choice(
        (
            f"07700 900{rng.randint(0, 999):03d}",
            f"+1 555 01{rng.randint(0, 99):02d}",
            f"(555) 01{rng.randint(0, 99):02d}",
        )
    )


def _reference(rng: Random) -> str:
    return rng.choice((str(rng.randint(100_000, 99_999_999)), f"{rng.choice('ABCKQRT')}{rng.randint(1000, 99999)}"))


def _email(rng: Random) -> str:
    word = "".join(rng.choices("abcdefghiklmnoprstuw", k=rng.randint(4, 8)))
    return f"{word}{rng.choice(('', '.', '_'))}{rng.randint(1, 99)}@{rng.choice(_DOMAINS)}"


def link(rng: Random) -> str:
    """A shortened link in X's format."""
    return "https://t.co/" + "".join(rng.choices(ascii_letters + digits, k=10))


PRICES: Mapping[str, Slot] = {
    "coffee": money(2, 14), "airline": money(12, 900), "telecom": money(4, 120), "bank": money(5, 2400),
}  # fmt: skip


def _between(low: int, high: int) -> Slot:
    return lambda rng: str(rng.randint(low, high))


def _one_of(words: str) -> Slot:
    options = words.split()
    return lambda rng: options[int(rng.random() * len(options))]


SLOTS: Mapping[str, Slot] = {
    "minutes": _between(14, 95),
    "fewminutes": _between(2, 11),
    "hours": _one_of("2 3 4 5 6 7 9 11 two three four five six eight"),
    "count": _one_of("3 4 5 6 7 8 three four five six seven"),
    "weeks": _one_of("2 3 4 5 6 two three four six"),
    "years": _one_of("2 3 4 6 7 9 10 12 15 18 two three five ten twenty"),
    "percent": _between(2, 9),
    "pence": _between(2, 80),
    "money": money(3, 900),
    "money2": money(3, 900),
    "clock": _clock,
    "day": _one_of(_DAYS),
    "month": _one_of(_MONTHS),
    "order": _order,
    "ref": _reference,
    "account": lambda rng: rng.choice((str(rng.randint(10_000_000, 99_999_999)), f"****{rng.randint(1000, 9999)}")),
    "phone": _phone,
    "email": _email,
    "url": link,
    "code": lambda rng: rng.choice(("SAVE", "HELLO", "SUNNY", "TREAT", "APP")) + str(rng.randint(5, 50)),
    "flight": lambda rng: f"{rng.choice(('SV', 'SKV'))}{rng.randint(100, 1999)}",
    "gate": lambda rng: f"{rng.choice('ABCDE')}{rng.randint(1, 48)}",
    "seat": lambda rng: f"{rng.randint(1, 38)}{rng.choice('ABCDEF')}",
    "seat2": lambda rng: f"{rng.randint(1, 38)}{rng.choice('ABCDEF')}",
}  # fmt: skip
