"""Find personal data in messages: a JMBG, an e-mail address or a phone number in any string.

UUIDs (also without dashes), ULIDs and random codes are exempt by their form, also inside a longer
id; instants, `traceparent` and decimals are exempt in their own fields. Numbers are searched too.
"""

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date
from typing import Final

from .. import patterns
from ..events.reference import ObservationLoaded, TargetSet
from .problems import Problem, path_of

_JMBG_DIGITS = 13
_NUMBER_MAX = 10**15  # floats are exact below it; larger numbers, NaN and infinities are no JMBG
_JMBG_WEIGHTS = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_YEARS_OF_1000 = range(800, 1000)  # a JMBG has three digits of the year: 1800 to 1999 …
_YEARS_OF_2000 = range(100)  # … and 2000 to 2099
DECIMAL_FIELDS: Final = {ObservationLoaded.TYPE: ("value", "base"), TargetSet.TYPE: ("value",)}


def search_event(decoded: object) -> Problem | None:
    """Find personal data in the strings, names and numbers of a decoded event.

    The problem repeats neither the value nor a name that contains it.
    """
    exempt = _exempt(decoded)
    for path, text in _texts(decoded):
        if path not in exempt and (code := problem_code_in(text)):
            return _problem(code, path)
    return None


def search_text(text: str) -> Problem | None:
    """Find personal data in a text, such as one that is no JSON."""
    code = problem_code_in(text)
    return _problem(code, "$") if code else None


def problem_code_in(text: str) -> str | None:
    """Return the problem code of the personal data in a text, or None if it contains none."""
    if "@" not in text and not _EIGHT.search(text):
        return None
    rest = _EXEMPT.sub(" ", text)
    if any(is_jmbg(window[1]) for window in _THIRTEEN.finditer(rest)):
        return "E1201"
    if _E_MAIL.search(rest):
        return "E1202"
    return "E1203" if _PHONE.search(rest) else None


def is_jmbg(digits: str) -> bool:
    """Return whether 13 digits are a personal number: a valid date and a valid check digit."""
    numbers = [int(d) for d in digits]
    remainder = 11 - sum(w * n for w, n in zip(_JMBG_WEIGHTS, numbers, strict=False)) % 11
    check = 0 if remainder > 9 else remainder  # noqa: PLR2004 - it is one digit
    return numbers[-1] == check and _is_date(int(digits[:2]), int(digits[2:4]), int(digits[4:7]))


def _is_date(day: int, month: int, year_of_thousand: int) -> bool:
    if year_of_thousand in _YEARS_OF_1000:
        year = 1000 + year_of_thousand
    elif year_of_thousand in _YEARS_OF_2000:
        year = 2000 + year_of_thousand
    else:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _texts(decoded: object) -> Iterator[tuple[str, str]]:
    """Yield every string, name and number with its path; a name has the path of its object."""
    pending = [("$", decoded)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, int | float):
            yield path, _digits(value)
        elif isinstance(value, Mapping):
            yield from ((path, name) for name in value)
            pending.extend((path_of(path, (name,)), inner) for name, inner in value.items())
        elif isinstance(value, list):
            pending.extend((f"{path}[{n}]", inner) for n, inner in enumerate(value))


def _digits(number: float) -> str:
    """Return the digits of a number, with the leading zero of a JMBG that numbers lose."""
    if not -_NUMBER_MAX < number < _NUMBER_MAX:
        return ""
    return f"{number:.0f}".zfill(_JMBG_DIGITS)


def _exempt(decoded: object) -> Container[str]:
    """Return the paths of an event whose patterns allow long runs of digits of nobody."""
    if not isinstance(decoded, dict):
        return ()
    paths = [f"$.{name}" for name in ("time", "recordedtime") if _has(decoded, name, _INSTANT)]
    paths += ["$.traceparent"] if _has(decoded, "traceparent", _TRACEPARENT) else []
    data = decoded.get("data")
    if isinstance(data, dict):
        names = DECIMAL_FIELDS.get(str(decoded.get("type")), ())
        paths += [f"$.data.{name}" for name in names if _has(data, name, _DECIMAL)]
    return paths


def _has(fields: Mapping[str, object], name: str, pattern: re.Pattern[str]) -> bool:
    value = fields.get(name)
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _problem(code: str, path: str) -> Problem:
    return Problem(code, path, _DETAILS[code], _REMEDY)


_DETAILS: Final = {
    "E1201": "This contains a personal number (JMBG).",
    "E1202": "This contains an e-mail address.",
    "E1203": "This contains a phone number.",
}
_REMEDY: Final = (
    "Remove it: events contain codes only. Send the code that registration gives for the person, "
    "and use no ids with long runs of digits. Nothing of this message was kept."
)
_INSTANT: Final = re.compile(patterns.OFFSET_INSTANT)
_TRACEPARENT: Final = re.compile(patterns.TRACEPARENT)
_DECIMAL: Final = re.compile(patterns.DECIMAL)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BARE_UUID = r"(?=[0-9]*[a-fA-F])[0-9a-fA-F]{12}[1-8][0-9a-fA-F]{3}[89abAB][0-9a-fA-F]{15}"
_TWENTY_SIX = r"(?=[0-9]*[A-Za-z])[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}"  # a ULID or bare code
_CODE = r"[pvo]-[0-9a-hjkmnp-tv-z]{26}"
_EXEMPT: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_UUID}|{_BARE_UUID}|{_TWENTY_SIX}|{_CODE})(?![0-9A-Za-z])"
)
_EIGHT: Final = re.compile(r"\d{8}")
_THIRTEEN: Final = re.compile(r"(?=(\d{13}))")
_E_MAIL: Final = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_PHONE: Final = re.compile(r"(?<![^\W_])(?:\+381\d{5,9}|06\d{6,10})(?!\d)")
