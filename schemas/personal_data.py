"""No personal data on the bus: finds a JMBG, an e-mail address or a phone number in any string.

Exempt by form are UUIDs (also without dashes), ULIDs and the random codes; whoever searches an
event leaves out times, decimals and `traceparent` where they stand in their own fields.
"""

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date
from typing import Final

from .problem import Problem, path_of

JMBG_DIGITS = 13
JMBG_WEIGHTS = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def search(value: object, exempt: Container[str] = (), path: str = "$") -> Problem | None:
    """The first personal data in strings and keys of a decoded JSON value, never repeating it."""
    for where, text in _strings(value, path):
        if where not in exempt and (code := code_of(text)):
            return _problem(code, where)
    return None


def search_text(text: str) -> Problem | None:
    """The same over text that cannot be read as JSON."""
    code = code_of(text)
    return _problem(code, "$") if code else None


def code_of(text: str) -> str | None:
    """The problem code of the personal data that a string holds."""
    if len(text) < 5:  # noqa: PLR2004 - the shortest e-mail address
        return None
    rest = _EXEMPT.sub(" ", text)
    if any(is_jmbg(window[1]) for window in _THIRTEEN.finditer(rest)):
        return "E1201"
    if "@" in rest and _E_MAIL.search(rest):
        return "E1202"
    if _PHONE.search(rest):
        return "E1203"
    return None


def is_jmbg(digits: str) -> bool:
    """Whether 13 digits are a personal number: a possible date and a valid check digit."""
    numbers = [int(d) for d in digits]
    remainder = 11 - sum(w * n for w, n in zip(JMBG_WEIGHTS, numbers, strict=False)) % 11
    check = remainder if remainder <= 9 else 0  # noqa: PLR2004 - one digit
    return check == numbers[-1] and _is_possible_date(*(int(digits[a:b]) for a, b in _DATE_PARTS))


def _is_possible_date(day: int, month: int, year_of_thousand: int) -> bool:
    """Three digits of the year: 800 and more are of the last millennium."""
    thousand = 1000 if year_of_thousand >= 800 else 2000  # noqa: PLR2004 - nobody older, none so far ahead
    try:
        date(thousand + year_of_thousand, month, day)
    except ValueError:
        return False
    return year_of_thousand >= 800 or year_of_thousand < 100  # noqa: PLR2004 - 1800 to 2099


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every string and key with its path; a key that may be anything is in no path."""
    left = [(path, value)]
    while left:
        path, value = left.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, int):
            yield path, str(value).zfill(JMBG_DIGITS)
        elif isinstance(value, Mapping):
            yield from ((path, key) for key in value)
            left.extend((path_of(path, (key,)), inner) for key, inner in value.items())
        elif isinstance(value, list | tuple):
            left.extend((f"{path}[{n}]", inner) for n, inner in enumerate(value))


def _problem(code: str, path: str) -> Problem:
    return Problem(
        code,
        path,
        _DETAILS[code],
        "Leave it out: the bus carries codes only. Resolve the person at registration and say "
        "her code; do not make ids of long runs of digits. Nothing of this message was kept.",
    )


_DATE_PARTS = ((0, 2), (2, 4), (4, 7))
_DETAILS: Final = {
    "E1201": "There is a personal number (JMBG) here.",
    "E1202": "There is an e-mail address here.",
    "E1203": "There is a phone number here.",
}
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BARE_UUID = r"(?=[0-9]*[a-fA-F])[0-9a-fA-F]{12}[1-8][0-9a-fA-F]{3}[89abAB][0-9a-fA-F]{15}"
_ULID = r"(?=[0-9]*[A-Za-z])[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}"
_RANDOM_CODE = r"[pvo]-[0-9a-hjkmnp-tv-z]{26}"
_EXEMPT: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_UUID}|{_BARE_UUID}|{_ULID}|{_RANDOM_CODE})(?![0-9A-Za-z])"
)
_THIRTEEN: Final = re.compile(r"(?=(\d{13}))")
_E_MAIL: Final = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_PHONE: Final = re.compile(r"(?<![^\W_])(?:\+381\d{5,9}|06\d{6,10})(?!\d)")
