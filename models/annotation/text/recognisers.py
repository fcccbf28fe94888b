"""Entities of tickets that need no model: order and booking references, flights, amounts, dates, airports.

Each rule is one pattern of two groups, (context before)(entity). Both engines use the same patterns, under the rules of
the normaliser: every character is listed, every repetition is bounded, and none contains another that could match the
same characters. So the time is linear in the text, of which the first `MAX_CHARACTERS` are read. They run on raw or on
masked text; offsets are code points into that text, the end exclusive.

* order: a reference after order, ticket, case, parcel ... and number, no, # or colon (`order no. 48213-A`), or of five
  digits and more (`order 48213`); a marketplace's groups of 3-7-7 digits; a hashtag of five digits and more
* booking: six letters and digits after PNR, booking, reservation, confirmation, record locator (`booking ref X7K2PQ`)
* flight: a number after flight (`flight 1729`), or a known airline's designator and two to four digits (`BA117`)
* amount: a number with a currency's sign, code or name (`$1,299.50`, `20 euros`)
* date: a numeric date with its year (`2015-02-24`, `24/02/15`), or a day and a month's name (`Feb 24th`)
* airport: a known IATA code after a word of movement (`from LHR`), in a pair (`JFK-LAX`), before airport or a terminal
"""

import re
from dataclasses import dataclass
from functools import cache

import yaml
from pyspark.sql import Column
from pyspark.sql import functions as F

from models.annotation.annotator import MAX_CHARACTERS
from runtime.resources import read_resource

RECOGNISED = "array<struct<kind:string,text:string,begin:int,end:int>>"

# Markers around a match, so that splitting shows its position: characters that Unicode reserves, so no text has them.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"


@dataclass(frozen=True)
class Recognised:
    """One match: [begin, end) in code points."""

    kind: str
    text: str
    begin: int
    end: int


def _any_case(words: str) -> str:
    """`no|nr` -> a pattern that matches the words in any case; a blank matches one or two blanks."""
    spelled = (
        f"[{each.lower()}{each.upper()}]" if each.isalpha() else {" ": " {1,2}"}.get(each, each) for each in words
    )
    return "".join(spelled)


_ALONE, _ENDS = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
_LINK = rf"(?: {{0,2}}(?:[:#=\-.]|{_any_case('is')}{_ENDS}|{_any_case('was')}{_ENDS})){{0,3}} {{0,2}}"
_NUMBER_WORD = f"(?: {_any_case('number')}| {_any_case('num')}| {_any_case('no')}| {_any_case('nr')}| {_any_case('id')}"
_NUMBER_WORD += f"| {_any_case('ref')}| {_any_case('reference')}| {_any_case('code')}){_ENDS}"

_ORDER_WORD = _any_case("order|ticket|case|invoice|parcel|package|tracking|delivery|shipment|complaint")
_ORDER_WORD += "|" + "".join(f"(?<!{_any_case(each)} )" for each in ("booking", "reservation", "confirmation"))
_ORDER_WORD += f"(?:{_any_case('reference|ref')})"
# With a digit among the first eight characters, because letters alone are words; `10-12` is a range.
_REFERENCE = (
    rf"(?=[A-Za-z\-]{{0,7}}[0-9])(?![0-9]{{1,2}}-[0-9]{{1,2}}{_ENDS})[A-Za-z0-9][A-Za-z0-9\-]{{2,18}}[A-Za-z0-9]"
)
_ORDER_MARKED = rf"({_ALONE}(?:{_ORDER_WORD})(?:{_NUMBER_WORD}{_LINK}| {{0,2}}[#:] {{0,2}}))({_REFERENCE}){_ENDS}"
_ORDER_LONG = rf"({_ALONE}(?:{_ORDER_WORD}) {{1,2}})([0-9]{{5,18}}){_ENDS}"
_ORDER_MARKETPLACE = r"((?<![0-9\-]))([0-9]{3}-[0-9]{7}-[0-9]{7})(?![0-9\-])"
_ORDER_HASH = r"((?<![A-Za-z0-9_#&])#)([0-9]{5,12})(?![A-Za-z0-9_])"

_BOOKING_WORD = _any_case("pnr|booking|reservation|confirmation|record locator|locator")
_CODE = r"(?=[A-Za-z]{0,5}[0-9])[A-Za-z0-9]{6}"
_BOOKING = rf"({_ALONE}(?:{_BOOKING_WORD})(?:{_NUMBER_WORD})?{_LINK})({_CODE}){_ENDS}"
_BOOKING_LETTERS = rf"({_ALONE}(?:{_BOOKING_WORD})(?:{_NUMBER_WORD})? {{0,2}}[:#=] {{0,2}})([A-Z]{{6}}){_ENDS}"

_FLIGHT_WORD = _any_case("flight|flt|flights")
# Lower-case letters only without a blank: `flight at 4` names no flight.
_DESIGNATOR = r"(?:(?:[A-Z]{2}|[A-Z][0-9]|[0-9][A-Z])[ \-]?|[A-Za-z]{2}|[A-Za-z][0-9]|[0-9][A-Za-z])"
_NO_CLOCK = r"(?![A-Za-z0-9:]|[.,/][0-9])"
_FLIGHT_NAMED = rf"({_ALONE}(?:{_FLIGHT_WORD})(?:{_NUMBER_WORD})?{_LINK})({_DESIGNATOR}[0-9]{{1,4}}){_NO_CLOCK}"
# One or two digits need a mark: `flight 2 hours late`.
_FLIGHT_DIGITS = rf"({_ALONE}(?:{_FLIGHT_WORD})(?:{_NUMBER_WORD})?{_LINK})([0-9]{{3,4}}){_NO_CLOCK}"
_FLIGHT_FEW = rf"({_ALONE}(?:{_FLIGHT_WORD})(?:{_NUMBER_WORD}{_LINK}| ?[#:] ?))([0-9]{{1,2}}){_NO_CLOCK}"

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,9})(?:\.[0-9]{1,2})?"
_THOUSANDS = rf"(?:[kKmM]|[bB][nN])?{_ENDS}"
_SIGN = "(?:[A-Z]{0,2}[$]|[\u00a3\u20ac\u00a5\u20b9\u20a6\u20a9\u20bd])"
_CURRENCY_CODE = _any_case("usd|eur|gbp|kes|ksh|kshs|inr|rs|ngn|zar|aud|cad|chf|jpy")
_CURRENCY_NAME = _any_case(
    "dollars|dollar|bucks|euros|euro|pounds|quid|cents|pence|rupees|naira|shillings|yen|usd|eur|gbp|kes|ksh|inr|zar"
)
_AMOUNT_BEFORE = rf"({_ALONE})((?:{_SIGN}|(?:{_CURRENCY_CODE})[.]?) ?{_NUMBER}{_THOUSANDS})(?![.,][0-9])"
_AMOUNT_AFTER = (
    rf"((?<![A-Za-z0-9.,$\u00a3\u20ac]))({_NUMBER}(?:[kKmM] ?| ?)(?:[\u00a3\u20ac]|(?:{_CURRENCY_NAME}){_ENDS}))"
)

_DAY, _MONTH = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"
_YEAR = "(?:19|20)[0-9]{2}"
_NO_DIGIT, _NO_MORE = r"((?<![0-9A-Za-z./\-]))", r"(?![0-9A-Za-z]|[./\-][0-9])"
_DATE_ISO = rf"{_NO_DIGIT}({_YEAR}[\-/.](?:0[1-9]|1[0-2])[\-/.](?:0[1-9]|[12][0-9]|3[01])){_NO_MORE}"
_DATE_NUMERIC = (
    rf"{_NO_DIGIT}((?:{_DAY}/{_MONTH}|{_MONTH}/{_DAY})/(?:{_YEAR}|[0-9]{{2}})"
    rf"|(?:{_DAY}[.]{_MONTH}[.]|{_DAY}-{_MONTH}-|{_MONTH}-{_DAY}-){_YEAR}){_NO_MORE}"
)
# May and March are also other words: they need a capital.
_MONTH_NAME = _any_case("jan|feb|apr|jun|jul|aug|sep|sept|oct|nov|dec|january|february|april|june|july|august")
_MONTH_NAME += _any_case("|september|october|november|december") + "|May|MAY|Mar|MAR|March|MARCH"
_NTH = f"(?:{_any_case('st|nd|rd|th')})?"
_OF_YEAR = rf"(?:,? {_YEAR})?"
_DATE_DAY_FIRST = (
    rf"({_ALONE}(?<![0-9][:.,]))({_DAY}{_NTH} (?:{_any_case('of')} )?(?:{_MONTH_NAME})[.]?{_OF_YEAR}){_ENDS}"
)
_DATE_MONTH_FIRST = rf"({_ALONE})((?:{_MONTH_NAME})[.]? {_DAY}{_NTH}{_OF_YEAR}){_ENDS}(?![:.,][0-9])"

_MOVEMENT = _any_case("from|to|at|in|via|into|through|thru|leaving|departing|landed|reached|out of|for|near|bound for")
_JOINT = "(?: ?[\\-\u2013>/\u2192] ?| to | TO | - )"


def _alternatives(codes: str) -> str:
    return "|".join(sorted(codes.split()))


@cache
def _rules() -> tuple[tuple[str, str], ...]:
    """(kind, pattern of two groups)."""
    lists = yaml.safe_load(read_resource("models/annotation/text/travel_codes.yaml"))
    every = _alternatives(lists["airports"])
    distinct = _alternatives(" ".join(set(lists["airports"].split()) - set(lists["airport_words"].split())))
    behind = (
        "(?:(?<=[A-Z]{3}[\\-\u2013>/\u2192])|(?<=[A-Z]{3} [\\-\u2013>/\u2192] )|(?<=[A-Z]{3} to )|(?<=[A-Z]{3} TO ))"
    )
    ahead = f"(?= {_any_case('airport')}{_ENDS}| {_any_case('terminal')}| T[0-9]{_ENDS}|{_JOINT}(?:{every}){_ENDS})"
    airline = _alternatives(lists["airlines"])
    return (
        *(("order", each) for each in (_ORDER_MARKED, _ORDER_LONG, _ORDER_MARKETPLACE, _ORDER_HASH)),
        *(("booking", each) for each in (_BOOKING, _BOOKING_LETTERS)),
        *(("flight", each) for each in (_FLIGHT_NAMED, _FLIGHT_DIGITS, _FLIGHT_FEW)),
        ("flight", rf"((?<![A-Za-z0-9_@#$/\-]))((?:{airline})[ \-]?[0-9]{{2,4}})(?![A-Za-z0-9]|[.,/:\-][0-9])"),
        *(("amount", each) for each in (_AMOUNT_BEFORE, _AMOUNT_AFTER)),
        *(("date", each) for each in (_DATE_ISO, _DATE_NUMERIC, _DATE_DAY_FIRST, _DATE_MONTH_FIRST)),
        ("airport", rf"({_ALONE}(?:{_MOVEMENT}) [(]?)({distinct}){_ENDS}"),
        ("airport", rf"({_ALONE})({every}){ahead}"),
        ("airport", rf"({behind})({every}){_ENDS}"),
    )


def recognise_text(text: str) -> list[Recognised]:
    """The matches in `text`, in order of their offsets; one per kind and offsets."""
    read = text[:MAX_CHARACTERS].translate(str.maketrans(_OPEN + _CLOSE, "  "))
    found = {
        Recognised(kind, match[2], match.start(2), match.end(2))
        for kind, pattern in _rules()
        for match in re.finditer(pattern, read)
    }
    return sorted(found, key=lambda each: (each.begin, each.end, each.kind))


def recognised_column(text: Column) -> Column:
    """`recognise_text` as a Spark SQL expression of the shape `RECOGNISED`; null stays null."""
    read = F.translate(F.substring(text, 1, MAX_CHARACTERS), _OPEN + _CLOSE, "  ")
    found = F.array_distinct(F.concat(*[_finds(read, kind, pattern) for kind, pattern in _rules()]))
    return F.array_sort(found, _in_order).cast(RECOGNISED)


def _finds(text: Column, kind: str, pattern: str) -> Column:
    """array<struct<begin, end, kind, text>> of one rule's matches."""
    marked = F.regexp_replace(text, pattern, f"$1{_OPEN}$2{_CLOSE}")

    def find(pieces: Column, piece: Column, number: Column) -> Column:
        # Each earlier match left a closing marker before this one.
        begin = F.length(F.array_join(F.slice(pieces, F.lit(1), number + 1), "")) - number
        value = F.substring_index(piece, _CLOSE, 1)
        return F.struct(
            F.lit(kind).alias("kind"),
            value.alias("text"),
            begin.alias("begin"),
            (begin + F.length(value)).alias("end"),
        )

    def finds(pieces: Column) -> Column:
        return F.transform(F.slice(pieces, 2, MAX_CHARACTERS), lambda piece, number: find(pieces, piece, number))

    # An array of one, so that the pieces are computed once: inside the lambda the text would be matched for each match.
    return F.flatten(F.transform(F.array(F.split(marked, _OPEN)), finds))


def _in_order(one: Column, other: Column) -> Column:
    steps = [F.when(one[name] < other[name], -1).when(one[name] > other[name], 1) for name in ("begin", "end", "kind")]
    return F.coalesce(*steps, F.lit(0))
