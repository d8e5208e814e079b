"""The country of a telephone number agrees with the library's answer for every kind of number it knows."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.country import country_of

NEIGHBOURS = {"BL", "MF"}
EXAMPLES = sorted(
    {
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
    }
)


@pytest.mark.parametrize("number", EXAMPLES)
def test_an_example_of_each_country_has_the_country_that_the_library_names(number):
    expected = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    assert country_of(number) == ("GP" if expected in NEIGHBOURS else expected)
    assert country_of(number.removeprefix("+")) == country_of(number)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("16505551234", "US"),
        ("14165550123", "CA"),
        ("12425550123", "BS"),
        ("447700900123", "GB"),
        ("447781000000", "GG"),
        ("77011234567", "KZ"),
        ("79161234567", "RU"),
        ("972987654321", "IL"),
    ],
)
def test_a_shared_calling_code_is_told_apart_by_the_first_digits(number, country):
    assert country_of(number) == country


def test_all_numbers_that_begin_alike_have_one_country_whichever_is_asked_first():
    assert country_of("1416" + "9" * 40) == country_of("14169999") == country_of("14169999999") == "CA"


@pytest.mark.parametrize(
    "word",
    ["", "+", "1", "165055", "0000000", "8001234567", "87012345678", "١٦٥٠٥٥٥", "abcdefgh", "++16505551"],
)
def test_what_is_no_number_of_a_country_has_none(word):
    assert country_of(word) is None


@given(st.text(max_size=20) | st.from_regex(r"\+?[0-9]{0,20}", fullmatch=True))
def test_any_text_has_a_country_of_two_letters_or_none(text):
    country = country_of(text)
    assert country is None or (len(country) == 2 and country.isupper())
