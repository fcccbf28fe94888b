"""Which posts a brand file selects; entries are stored as X spells them. Example: `conf.brand.files`."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from conf.brand.language import parse_expression, parse_part, parse_single
from conf.brand.operators import HANDLE, check_language
from conf.brand.terms import literal, values_of

_MAX_CHARACTERS = 2048


def _a_handle(text: str) -> str:
    if not re.fullmatch(HANDLE, text):
        raise ValueError(f"{text!r} is not a handle: at most 15 letters, digits and _, without @")
    return text


def _a_keyword(text: str) -> str:
    return str(parse_expression(text))


def _an_exclusion(text: str) -> str:
    return parse_single(text).text


def _not_yaml_no(value: object) -> object:
    if value is False:
        raise ValueError("YAML reads NO as false: put it into quotes")
    return value


def _a_region(code: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", code):
        raise ValueError(f"{code!r} is not a country code of two letters such as GB")
    return code.upper()


Handle = Annotated[str, AfterValidator(_a_handle)]
Text = Annotated[str, Field(max_length=_MAX_CHARACTERS), AfterValidator(literal)]
Keyword = Annotated[str, Field(max_length=_MAX_CHARACTERS), AfterValidator(_a_keyword)]
Exclusion = Annotated[str, Field(max_length=_MAX_CHARACTERS), AfterValidator(_an_exclusion)]
Language = Annotated[str, BeforeValidator(_not_yaml_no), AfterValidator(check_language)]
Region = Annotated[str, BeforeValidator(_not_yaml_no), AfterValidator(_a_region)]


class Listening(BaseModel):
    """Every key is optional; without `handle`, `names` and `keywords` a brand has no rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handle: Handle | None = None
    names: tuple[Text, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    languages: tuple[Language, ...] = ()
    regions: tuple[Region, ...] = ()
    products: tuple[Text, ...] = ()
    competitors: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _entries_can_match(self) -> "Listening":
        faults = [*self._excluded_entries(), *self._keywords_that_never_match()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _excluded_entries(self) -> Iterator[str]:
        excluded = {each.casefold(): number for number, each in enumerate(self.exclusions)}
        for what in ("names", "keywords", "products", "competitors"):
            for number, entry in enumerate(getattr(self, what)):
                if entry.casefold() in excluded:
                    yield f"{what}.{number}: exclusions.{excluded[entry.casefold()]} excludes it"

    def _keywords_that_never_match(self) -> Iterator[str]:
        for key, name in (("languages", "lang"), ("regions", "place_country")):
            wanted = frozenset(getattr(self, key))
            for number, keyword in enumerate(self.keywords):
                own = values_of(parse_part(keyword), name)
                if wanted and own is not None and not own & wanted:
                    yield f"keywords.{number}: {name}:{', '.join(sorted(own))} never matches {key}"
