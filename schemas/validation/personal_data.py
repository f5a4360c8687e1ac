"""Find personal data in messages: a JMBG, an e-mail address or a phone number in any string.

Texts are searched as they stand and with separators taken out, after NFKC. Exempt are only instants
and decimals in their own fields. Numbers are searched too. Names are not recognised.
"""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import phonenumbers

from .. import patterns
from ..events.reference import ObservationLoaded, TargetSet
from .digit_runs import date_groups, instants_in, is_year
from .problems import Problem, path_of

_JMBG_DIGITS = 13
_NUMBER_MAX = 10**15  # floats are exact below it; larger numbers, NaN and infinities are no JMBG
_JMBG_WEIGHTS = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_BORN_FROM = 1880  # nobody who got a JMBG, since 1977, was born before
_BORN_LAST = date(2099, 12, 31)  # if nobody knows what day it is
_REGIONS = frozenset(
    [*range(20), *range(21, 40), *range(41, 51), 60, 66, *range(70, 97)]
)  # registration regions: foreigners, and the republics and provinces of the day
_INSTANT_DAYS = 7
_NATIONAL_DIGITS = (9, 10)
_ABROAD_DIGITS_MIN = 11  # with 00; shorter runs with two zeros are running numbers
_REGION = "RS"
DECIMAL_FIELDS: Final = {ObservationLoaded.TYPE: ("value", "base"), TargetSet.TYPE: ("value",)}


class _Group(NamedTuple):
    """A run of digits in a text, and whether a plus stands before it, a letter at either side."""

    digits: str
    has_plus: bool
    touches_letter: bool
    after_blank: bool


def search_event(decoded: object, today: date | None = None) -> Problem | None:
    """Find personal data in the strings, names and numbers of a decoded event.

    `today` is the day of arrival: nobody is born after it, and digits that read as an instant near
    it, or near the event's `time`, are none. The problem repeats neither the value nor a name that
    contains it.
    """
    exempt = _exempt(decoded)
    days = [day for day in (_day_of(decoded), today) if day is not None]
    for path, text in _texts(decoded):
        if path not in exempt and (code := problem_code_in(text, days, today)):
            return _problem(code, path)
    return None


def search_text(text: str) -> Problem | None:
    """Find personal data in a text, such as one that is no JSON."""
    code = problem_code_in(text)
    return _problem(code, "$") if code else None


def problem_code_in(text: str, days: Sequence[date] = (), today: date | None = None) -> str | None:
    """Return the problem code of the personal data in a text, or None if it contains none.

    Digits that read as an instant within a week of one of the days are no finding.
    """
    if "@" not in text and not _NINE_DIGITS.search(text) and text.isascii():
        return None
    plain = unicodedata.normalize("NFKC", text)
    if _has_jmbg_in_code(plain, today):
        return "E1201"
    runs = [_without_instants(run, days) for run in _runs(plain)]
    if any(_is_jmbg_in(run, today) for run in runs):
        return "E1201"
    if _E_MAIL.search(plain):
        return "E1202"
    without_ids = _UUID.sub("x", plain)
    runs = [_without_instants(run, days) for run in _runs(without_ids)]
    return "E1203" if any(_is_phone_in(run) for run in runs) else None


def is_jmbg(digits: str, today: date | None = None) -> bool:
    """Return whether 13 digits are a personal number: date, region and check digit are valid."""
    numbers = [int(d) for d in digits]
    remainder = 11 - sum(w * n for w, n in zip(_JMBG_WEIGHTS, numbers, strict=False)) % 11
    check = 0 if remainder > 9 else remainder  # noqa: PLR2004 - it is one digit
    if numbers[-1] != check or int(digits[7:9]) not in _REGIONS:
        return False
    year = int(digits[4:7])
    year += 1000 if year >= _BORN_FROM % 1000 else 2000
    try:
        born = date(year, int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return False
    return born <= (today or _BORN_LAST)


def _runs(text: str) -> Iterator[list[_Group]]:
    """Yield the runs of digit groups that only separators part."""
    for run in _RUN.finditer(text):
        groups: list[_Group] = []
        for match in _DIGITS.finditer(text, run.start(), run.end()):
            before = text[match.start() - 1 : match.start()]
            after = text[match.end() : match.end() + 1]
            touches_letter = before.isalpha() or after.isalpha()
            groups.append(_Group(match[0], before == "+", touches_letter, before.isspace()))
        yield groups


def _without_instants(groups: list[_Group], days: Sequence[date]) -> list[_Group]:
    """Leave out the groups that read as a date, or as an instant near one of the days."""
    near = timedelta(days=_INSTANT_DAYS)
    left: list[_Group] = []
    position = 0
    while position < len(groups):
        digits = [group.digits for group in groups[position : position + 3]]
        if count := date_groups(digits):
            position += count
            continue
        if not any(abs(each - day) <= near for each in instants_in(digits[0]) for day in days):
            left.append(groups[position])
        position += 1
    return left


def _is_jmbg_in(groups: Sequence[_Group], today: date | None) -> bool:
    """Tell whether neighbouring groups together are the 13 digits of a personal number."""
    for begin in range(len(groups)):
        digits = ""
        for group in groups[begin:]:
            digits += group.digits
            if len(digits) >= _JMBG_DIGITS:
                break
        if len(digits) == _JMBG_DIGITS and is_jmbg(digits, today):
            return True
    return False


def _has_jmbg_in_code(text: str, today: date | None) -> bool:
    """Tell whether a code of 26 characters has a personal number anywhere in its digits."""
    return any(
        is_jmbg(window[1], today)
        for code in _CODE.finditer(text)
        for window in _THIRTEEN.finditer(code[0])
    )


def _is_phone_in(groups: Sequence[_Group]) -> bool:
    """Tell whether a group is a phone number in one piece, or several are one in groups."""
    if any(_is_phone_in_one_piece(group) for group in groups):
        return True
    begins = [n for n, group in enumerate(groups) if n == 0 or group.after_blank or group.has_plus]
    return any(_is_phone_in_groups(groups[begin:]) for begin in begins)


def _is_phone_in_one_piece(group: _Group) -> bool:
    digits = group.digits
    if group.touches_letter:
        return False
    if group.has_plus:
        return _is_valid(f"+{digits}")
    if digits.startswith("00"):
        return len(digits) >= _ABROAD_DIGITS_MIN and _is_valid(f"+{digits[2:]}")
    if digits.startswith("381"):
        return _is_valid(f"+{digits}")
    return digits[0] == "0" and len(digits) in _NATIONAL_DIGITS and _is_valid(digits)


def _is_phone_in_groups(groups: Sequence[_Group]) -> bool:
    """Tell whether groups are a number: after a country code, or after a whole area code.

    After a landline's area code a last group that is a year makes a case number of it.
    """
    first, *others = groups
    is_abroad = first.digits in _COUNTRY_CODES
    if not others or not (is_abroad or _AREA_CODE.fullmatch(first.digits)):
        return False
    if is_abroad and not first.has_plus and not _NATIONAL_PART.fullmatch(others[0].digits):
        return False
    digits = "+381" if is_abroad else first.digits
    is_landline = not is_abroad and first.digits[1] != "6"
    for group in others:
        digits += group.digits
        if not (is_landline and is_year(group.digits)) and _is_valid(digits):
            return not (first.touches_letter or group.touches_letter)
    return False


def _is_valid(number: str) -> bool:
    """Tell whether this may be dialled, from Serbia if it has no plus."""
    try:
        parsed = phonenumbers.parse(number, _REGION)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)


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
    data = decoded.get("data")
    if isinstance(data, dict):
        names = DECIMAL_FIELDS.get(str(decoded.get("type")), ())
        paths += [f"$.data.{name}" for name in names if _has(data, name, _DECIMAL)]
    return paths


def _day_of(decoded: object) -> date | None:
    """Return the day of the event's `time`."""
    if not isinstance(decoded, dict) or not _has(decoded, "time", _INSTANT):
        return None
    try:
        return datetime.fromisoformat(str(decoded["time"])).date()
    except ValueError:
        return None


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
_DECIMAL: Final = re.compile(patterns.DECIMAL)
_SEPARATORS: Final = r"[\s._/()\u2010-\u2015\u2212-]"
_DIGITS: Final = re.compile(r"[0-9]+")
_RUN: Final = re.compile(rf"[0-9]+(?:{_SEPARATORS}{{1,3}}\+?[0-9]+)*")
_NINE_DIGITS: Final = re.compile(rf"[0-9](?:{_SEPARATORS}{{0,3}}\+?[0-9]){{7}}")
_CODE: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{26}(?![0-9A-Za-z])")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_THIRTEEN: Final = re.compile(r"(?=([0-9]{13}))")
_E_MAIL: Final = re.compile(r"[^\s@]\s*@\s*[^\s@]+\.[^\s@]")
_COUNTRY_CODES: Final = ("381", "00381")
_NATIONAL_PART: Final = re.compile(r"0|0?(?:[1236][0-9]|(?:23|28|29|39)0)|[0-9]{8,10}")
_AREA_CODE: Final = re.compile(r"0(?:1[0-9]|2[0-9]|3[0-9]|6[0-9]|(?:23|28|29|39)0)")
