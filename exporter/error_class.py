"""What a provider's error code means, in the closed words of ErrorClass."""

from __future__ import annotations

from exporter.vocabulary import ErrorClass, Status

FAILED_STATUSES = frozenset({Status.FAILED, Status.UNDELIVERED})
"""The statuses that always say why."""

# Twilio's codes have five digits (twilio.com/docs/api/errors), Meta's have at most three or six and 80007
# (developers.facebook.com: WhatsApp Cloud API error codes). They do not meet, so one table serves both.
_CODES = {
    ErrorClass.INVALID_NUMBER: (
        *(21211, 21214, 21217, 21614, 30005, 63003, 63024),
        *(131020, 131021, 131041, 131212),
    ),
    ErrorClass.UNREACHABLE: (21612, 30003, 30006, 131026),
    ErrorClass.BLOCKED: (30004, 63033, 130497, 131207),
    ErrorClass.OPTED_OUT: (21610, 131050),
    ErrorClass.FILTERED: (30007, 63013, 63032, 130472, 131049),
    ErrorClass.UNREGISTERED: (30032, 30033, 30034, 131045),
    ErrorClass.RATE_LIMITED: (
        *(20429, 21611, 30001, 30022, 63017, 63018),
        *(4, 80007, 130429, 131048, 131056, 131208, 131211, 133016),
    ),
    ErrorClass.OUTSIDE_WINDOW: (63016, 131047),
    ErrorClass.CONTENT: (63005, 63021, 33, 100, 130501, 131008, 131009, 131051),
    ErrorClass.MEDIA: (11200, 11751, 12300, 63019, 131052, 131053),
    ErrorClass.TEMPLATE: (63027, 63028, 63029),
    ErrorClass.ACCOUNT: (
        *(20005, 30002, 30454, 63007, 63038, 90010),
        *(368, 131031, 131037, 131042, 131214, 134011),
    ),
    ErrorClass.AUTH: (20003, 63001, 0, 190),
    ErrorClass.PERMISSION: (21408, 3, 10, 131005, 131215),
    ErrorClass.FRAUD: (30450,),
    ErrorClass.EXPIRED: (30036, 131035),
    ErrorClass.TIMEOUT: (20504,),
    ErrorClass.PROVIDER: (12400, 30009, 30103, 30500, 63010, 63012, 1, 2, 131000, 131016, 131057, 135000),
    ErrorClass.UNKNOWN: (30008, 30010),
}
_FAMILIES = (
    (range(200, 300), ErrorClass.PERMISSION),
    (range(11_000, 16_000), ErrorClass.CONTENT),
    (range(20_000, 20_500), ErrorClass.CONTENT),
    (range(20_500, 20_600), ErrorClass.PROVIDER),
    (range(21_000, 22_000), ErrorClass.CONTENT),
    (range(30_400, 30_500), ErrorClass.FRAUD),
    (range(30_500, 30_600), ErrorClass.PROVIDER),
    (range(57_000, 57_100), ErrorClass.AUTH),
    (range(63_000, 64_000), ErrorClass.PROVIDER),
    (range(132_000, 133_000), ErrorClass.TEMPLATE),
    (range(133_000, 134_000), ErrorClass.UNREGISTERED),
    (range(134_100, 134_200), ErrorClass.TEMPLATE),
)
_BY_CODE = {str(code): meaning for meaning, codes in _CODES.items() for code in codes}
_LONGEST_CODE = 6


def error_class(code: str | None) -> ErrorClass:
    """The meaning of a code, else of its family, else `unknown`."""
    if code is None:
        return ErrorClass.UNKNOWN
    return _BY_CODE.get(code) or _family(code)


def _family(code: str) -> ErrorClass:
    if len(code) > _LONGEST_CODE or not (code.isascii() and code.isdigit()):
        return ErrorClass.UNKNOWN
    number = int(code)
    return next((meaning for family, meaning in _FAMILIES if number in family), ErrorClass.UNKNOWN)
