"""The patterns of texts in events, and a description of each in words.

Where a specification leaves a form open: the id of a partner or service is what Kafka allows in a
topic name, up to 63 characters; a year is 1000 to 2999; the version of a type has up to 4 digits.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SEGMENT = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
_RANDOM = r"[0-9a-hjkmnp-tv-z]{26}"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{1,39}"
_MONTH = r"[12][0-9]{3}-(0[1-9]|1[0-2])"
_PERIOD = rf"{_MONTH}|[12][0-9]{{3}}-Q[1-4]|[12][0-9]{{3}}"

ID: Final = r"^[A-Za-z0-9._:-]{1,64}$"
SOURCE: Final = r"^/(services|partners)/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
TYPE: Final = rf"^{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}\.v[1-9][0-9]{{0,3}}$"
FACT_TYPE: Final = rf"^{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}$"
PERSON: Final = rf"^p-{_RANDOM}$"
VACANCY: Final = rf"^v-{_RANDOM}$"
ORGANISATION: Final = rf"^o-({_RANDOM}|[a-z-]{{2,40}})$"
RANDOM_CODE: Final = rf"^[pvo]-{_RANDOM}$"
_SERIES: Final = rf"^s-{_NAME}$"
_TARGET: Final = rf"^t-{_NAME}$"
_COUNCIL_SUBJECT: Final = r"^m-[0-9]{5}$"
SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "p": PERSON,
        "v": VACANCY,
        "o": ORGANISATION,
        "s": _SERIES,
        "t": _TARGET,
        "m": _COUNCIL_SUBJECT,
    }
)
SUBJECT: Final = f"^({'|'.join(form.strip('^$') for form in SUBJECTS.values())})$"
NAME: Final = rf"^{_NAME}$"
MUNICIPALITY: Final = r"^[0-9]{5}$"
OCCUPATION: Final = r"^[0-9]{4}$"
COUNTRY: Final = r"^[A-Z]{2}$"
DECIMAL: Final = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"
DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
INSTANT: Final = rf"^{_INSTANT}(Z|[+-]00:00)$"
OFFSET_INSTANT: Final = rf"^{_INSTANT}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
CONTENT_TYPE: Final = r'^application/json( *; *charset="?[Uu][Tt][Ff]-8"?)?$'
PERIOD: Final = rf"^({_PERIOD})$"
ANY_PERIOD: Final = rf"^({_PERIOD}|to-{_MONTH})$"
TRACEPARENT: Final = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
DIGEST: Final = r"^[0-9a-f]{64}$"

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ID: "1 to 64 letters, digits, dots, colons, hyphens and underscores",
        SOURCE: "/services/<service> or /partners/<partner id>",
        TYPE: "<domain>.<subject>.<past verb>.v<n>, like matching.placement.made.v1",
        FACT_TYPE: "a type without its version, like matching.placement.made",
        PERSON: "p- and the 26 characters that registration gives",
        VACANCY: "v- and the 26 characters of the vacancy's code",
        ORGANISATION: "o- and 26 characters, or a declared name of letters and hyphens like o-nes",
        SUBJECT: "the code of what the event is about, like p- and 26 characters",
        NAME: "2 to 40 letters, digits, dots, hyphens and underscores, like M4SD",
        MUNICIPALITY: "five digits of the municipality list, like 70998",
        OCCUPATION: "four digits of an ISCO-08 unit group, like 9613",
        COUNTRY: "two letters of ISO 3166-1 like DE, or XK",
        DECIMAL: 'a decimal number in quotes, like "12.5"',
        DATE: "a day of the calendar like 2023-03-02",
        INSTANT: "an instant in UTC like 2023-03-02T09:00:00Z",
        OFFSET_INSTANT: "an instant like 2023-03-02T09:00:00Z or 2023-03-02T10:00:00+01:00",
        CONTENT_TYPE: "application/json, with charset=utf-8 or without",
        PERIOD: "a month 2023-06, a quarter 2023-Q2 or a year 2023",
        ANY_PERIOD: "a month 2023-06, a quarter 2023-Q2, a year 2023 or to-2023-06",
        TRACEPARENT: "a W3C traceparent, 00-<32 hex>-<16 hex>-<2 hex>",
        DIGEST: "the 64 hexadecimal digits of a SHA-256",
    }
)
