"""What error codes mean."""

import pytest

from exporter.error_class import error_class
from exporter.vocabulary import ErrorClass


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("11200", ErrorClass.MEDIA),
        ("11751", ErrorClass.MEDIA),
        ("12300", ErrorClass.MEDIA),
        ("12400", ErrorClass.PROVIDER),
        ("20003", ErrorClass.AUTH),
        ("20404", ErrorClass.CONTENT),
        ("20429", ErrorClass.RATE_LIMITED),
        ("20500", ErrorClass.PROVIDER),
        ("20504", ErrorClass.TIMEOUT),
        ("21611", ErrorClass.RATE_LIMITED),
        ("21612", ErrorClass.UNREACHABLE),
        ("30006", ErrorClass.UNREACHABLE),
        ("30009", ErrorClass.PROVIDER),
        ("30010", ErrorClass.UNKNOWN),
        ("30022", ErrorClass.RATE_LIMITED),
        ("30103", ErrorClass.PROVIDER),
        ("30454", ErrorClass.ACCOUNT),
        ("30500", ErrorClass.PROVIDER),
        ("57012", ErrorClass.AUTH),
        ("63001", ErrorClass.AUTH),
        ("63003", ErrorClass.INVALID_NUMBER),
        ("63005", ErrorClass.CONTENT),
        ("63007", ErrorClass.ACCOUNT),
        ("63010", ErrorClass.PROVIDER),
        ("63012", ErrorClass.PROVIDER),
        ("63013", ErrorClass.FILTERED),
        ("63017", ErrorClass.RATE_LIMITED),
        ("63019", ErrorClass.MEDIA),
        ("63021", ErrorClass.CONTENT),
        ("63024", ErrorClass.INVALID_NUMBER),
        ("63027", ErrorClass.TEMPLATE),
        ("63032", ErrorClass.FILTERED),
        ("63038", ErrorClass.ACCOUNT),
        ("90010", ErrorClass.ACCOUNT),
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
        ("20099", ErrorClass.CONTENT),
        ("20599", ErrorClass.PROVIDER),
        ("21999", ErrorClass.CONTENT),
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
