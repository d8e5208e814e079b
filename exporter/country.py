"""The country of a telephone number."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

_SIGNIFICANT_DIGITS = 7  # tell every country of phonenumbers' examples, but for two neighbours of Guadeloupe
_NORTH_AMERICA = "1"
_AREA_CODE_DIGITS = 4
_LONGEST_CALLING_CODE = 3
_REMEMBERED = 65_536


def country_of(number: str) -> str | None:
    """The ISO 3166 code of an international number, with or without `+`; None for what is no number.

    Most calling codes belong to one country; for the others the number's first digits decide.
    """
    prefix = number.removeprefix("+")[:_SIGNIFICANT_DIGITS]
    return _country_of_prefix(prefix) if len(prefix) == _SIGNIFICANT_DIGITS else None


@lru_cache(_REMEMBERED)
def _country_of_prefix(prefix: str) -> str | None:
    if not (prefix.isascii() and prefix.isdigit()):
        return None
    for digits in range(1, _LONGEST_CALLING_CODE + 1):
        countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(prefix[:digits]))
        if countries:
            return _one_of(countries, prefix, prefix[:digits])
    return None


def _one_of(countries: tuple[str, ...], prefix: str, calling_code: str) -> str | None:
    """The country among those that share a calling code; satellites and the like (`001`) are no country."""
    if len(countries) == 1:
        return countries[0] if countries[0].isalpha() else None
    kept = prefix[:_AREA_CODE_DIGITS] if calling_code == _NORTH_AMERICA else prefix
    return _by_first_digits(kept, calling_code) or countries[0]


@lru_cache(_REMEMBERED)
def _by_first_digits(prefix: str, calling_code: str) -> str | None:
    """Ask with every length that a number may have, so that all numbers of a prefix get the same answer."""
    for length in range(10, 7, -1):
        national = prefix[len(calling_code) :].ljust(length, "2")
        number = phonenumbers.PhoneNumber(
            int(calling_code), int(national), italian_leading_zero=national[0] == "0"
        )
        if country := phonenumbers.region_code_for_number(number):
            return country
    return None
