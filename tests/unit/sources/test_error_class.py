"""What error codes mean."""

import pytest

from exporter.error_class import error_class
from exporter.vocabulary import ErrorClass


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("21211", ErrorClass.INVALID_NUMBER),
        ("21408", ErrorClass.PERMISSION),
        ("21610", ErrorClass.OPTED_OUT),
        ("30001", ErrorClass.RATE_LIMITED),
        ("30002", ErrorClass.ACCOUNT),
        ("30003", ErrorClass.UNREACHABLE),
        ("30004", ErrorClass.BLOCKED),
        ("30005", ErrorClass.INVALID_NUMBER),
        ("30007", ErrorClass.FILTERED),
        ("30008", ErrorClass.UNKNOWN),
        ("30034", ErrorClass.UNREGISTERED),
        ("30036", ErrorClass.EXPIRED),
        ("30450", ErrorClass.FRAUD),
        ("63016", ErrorClass.OUTSIDE_WINDOW),
        ("63018", ErrorClass.RATE_LIMITED),
        ("0", ErrorClass.AUTH),
        ("4", ErrorClass.RATE_LIMITED),
        ("80007", ErrorClass.RATE_LIMITED),
        ("131026", ErrorClass.UNREACHABLE),
        ("131042", ErrorClass.ACCOUNT),
        ("131047", ErrorClass.OUTSIDE_WINDOW),
        ("131050", ErrorClass.OPTED_OUT),
        ("131053", ErrorClass.MEDIA),
        ("132015", ErrorClass.TEMPLATE),
        ("133016", ErrorClass.RATE_LIMITED),
    ],
)
def test_a_documented_code_has_its_meaning(code, meaning):
    assert error_class(code) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("250", ErrorClass.PERMISSION),
        ("14111", ErrorClass.CONTENT),
        ("20599", ErrorClass.PROVIDER),
        ("30499", ErrorClass.FRAUD),
        ("63999", ErrorClass.PROVIDER),
        ("132999", ErrorClass.TEMPLATE),
        ("133000", ErrorClass.UNREGISTERED),
    ],
)
def test_an_undocumented_code_has_the_meaning_of_its_family(code, meaning):
    assert error_class(code) is meaning


@pytest.mark.parametrize(
    "code", [None, "", "thirty", "-1", "30011", "999999", "9" * 5000, "²", "30003 ", "030003"]
)
def test_any_other_code_is_unknown(code):
    assert error_class(code) is ErrorClass.UNKNOWN
