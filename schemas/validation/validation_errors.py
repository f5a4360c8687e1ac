"""Translate pydantic's errors to problems, with remedy and nearest valid values."""

import json
import re
from collections.abc import Collection
from typing import Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .. import codes, patterns, territory
from ..code_lists import code_list
from .problems import Problem, path_of
from .suggestions import comma_list, nearest, safe_text


class _TextErrors(NamedTuple):
    """The code of the problem, and how many digits the text has at least."""

    code: str
    digits: int = 0


_LIST_SHOWN_MAX = 15  # words of a closed list in one error text; longer lists show the nearest only


def problems_of_data(error: ValidationError, fields: Collection[str]) -> list[Problem]:
    """Return the problems of data that do not fit: unknown fields first, then in their order."""
    return [_problem_of_data(details, fields) for details in _in_order(error)]


def problems_of_attributes(error: ValidationError, attributes: Collection[str]) -> list[Problem]:
    """Return the problems of attributes that do not fit: unknown ones first."""
    return [_problem_of_attribute(details, attributes) for details in _in_order(error)]


def _problem_of_data(details: ErrorDetails, fields: Collection[str]) -> Problem:
    match details["type"]:
        case "extra_forbidden":
            return _unknown_field(str(details["loc"][-1]), fields)
        case "missing":
            path = path_of("$.data", details["loc"])
            return Problem("E1011", path, "This field is required.", "Add it.")
    return _wrong_value(details)


def _problem_of_attribute(details: ErrorDetails, attributes: Collection[str]) -> Problem:
    name = str(details["loc"][0])
    path = path_of("$", (name,))
    match details["type"]:
        case "extra_forbidden":
            return _unknown_attribute(name, attributes)
        case "missing":
            return Problem("E1111", path, "This attribute is required.", REMEDIES[name])
    detail = f"{safe_text(details['input'])} is not a valid {name}."
    return Problem("E1112", path, detail, REMEDIES[name])


def _unknown_field(name: str, fields: Collection[str]) -> Problem:
    """Return the problem of a field that the type's model does not have."""
    path = path_of("$.data", (name,))
    return Problem("E1010", path, "This type has no such field.", _or_leave_out(name, fields))


def _unknown_attribute(name: str, attributes: Collection[str]) -> Problem:
    path = path_of("$", (name,))
    remedy = _or_leave_out(name, attributes)
    return Problem("E1110", path, "The envelope has no such attribute.", remedy)


def _or_leave_out(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return (
        f"Did you mean {comma_list(near)}?"
        if near
        else f"Leave it out. Known: {comma_list(known)}."
    )


def _in_order(error: ValidationError) -> list[ErrorDetails]:
    """A misspelt name explains the missing one, so it comes first."""
    found = error.errors(include_url=False)
    return sorted(found, key=lambda details: details["type"] != "extra_forbidden")


def _wrong_value(details: ErrorDetails) -> Problem:
    text = _text_of_number(details)
    return _wrong_other_value(details) if text is None else _number_without_quotes(details, text)


def _number_without_quotes(details: ErrorDetails, text: str) -> Problem:
    path = path_of("$.data", details["loc"])
    detail = f"{safe_text(json.dumps(details['input']))} is a number, and a text is meant."
    return Problem(_TEXTS[details["type"]].code, path, detail, f'Write it in quotes: "{text}".')


def _wrong_other_value(details: ErrorDetails) -> Problem:
    kind, value = details["type"], details["input"]
    path = path_of("$.data", details["loc"])
    match kind:
        case "literal_error":
            return _not_on_the_list(path, value, _choices(details))
        case "string_pattern_mismatch":
            return _wrong_pattern(path, value, details["ctx"]["pattern"])
        case "repeated":
            return Problem("E1014", path, "An element is repeated.", "Write each element once.")
        case "greater_than_equal" | "less_than_equal":
            return Problem("E1013", path, f"{safe_text(value)} is out of range.", _bound(details))
    if kind in _CODE_LISTS:
        return _CODE_LISTS[kind](path, value)
    return _contradiction(details) if kind in _CONTRADICTIONS else _wrong_type(path, details)


def _text_of_number(details: ErrorDetails) -> str | None:
    """Return the text to write instead of a number; None if no text was expected there.

    A code that a spreadsheet took for a number has lost its leading zeros.
    """
    kind, value = details["type"], details["input"]
    if isinstance(value, bool) or not isinstance(value, int | float) or kind not in _TEXTS:
        return None
    text = json.dumps(value).zfill(_TEXTS[kind].digits)
    return text if kind != "literal_error" or text in _choices(details) else None


def _wrong_type(path: str, details: ErrorDetails) -> Problem:
    remedy = _TYPES.get(details["type"], "the value as the reference of events describes it")
    detail = f"{safe_text(details['input'])} has the wrong form."
    return Problem("E1012", path, detail, f"Write {remedy}.")


def _not_on_the_list(path: str, value: object, valid: list[str]) -> Problem:
    near = nearest(value, valid)
    hint = f"Did you mean {comma_list(near)}? " if near else ""
    listed = f"Valid: {comma_list(valid)}." if len(valid) <= _LIST_SHOWN_MAX or not near else ""
    return Problem(
        "E1001", path, f"{safe_text(value)} is not on the list.", f"{hint}{listed}".strip()
    )


def _unknown_municipality(path: str, value: object) -> Problem:
    text = str(value)[:80]
    near = territory.nearest(text) if isinstance(value, str) else ()
    hint = f" Nearest: {comma_list(near)}." if near else ""
    slip = ""
    if re.fullmatch(r"[0-9]{5}", text) and not territory.has_check_digit(text):
        slip = " Its check digit is wrong."
    detail = f"{safe_text(value)} is not a municipality.{slip}{hint}"
    return Problem("E1003", path, detail, "Use a code of GET /lists/municipalities.")


def _unknown_occupation(path: str, value: object) -> Problem:
    titles = {r["code"]: r["title_en"] for r in code_list("isco08") if r["level"] == "unit"}
    near = [f"{code} {titles[code]}".strip() for code in nearest(value, sorted(titles))]
    hint = f" Nearest: {comma_list(near)}." if near else ""
    detail = f"{safe_text(value)} is not a unit group of ISCO-08.{hint}"
    return Problem(
        "E1004", path, detail, "Use the four digits of a unit group of GET /lists/occupations."
    )


def _unknown_country(path: str, value: object) -> Problem:
    near = nearest(value, sorted(codes.countries()))
    hint = f" Nearest: {comma_list(near)}." if near else ""
    detail = f"{safe_text(value)} is not a country.{hint}"
    return Problem("E1005", path, detail, "Use two letters of GET /lists/countries, like DE.")


def _contradiction(details: ErrorDetails) -> Problem:
    field, detail, remedy = _CONTRADICTIONS[details["type"]]
    field = details.get("ctx", {}).get("field", field)
    return Problem("E1016", path_of("$.data", (field,)), detail, remedy)


def _wrong_pattern(path: str, value: object, pattern: str) -> Problem:
    code = "E1018" if pattern in (patterns.PERIOD, patterns.ANY_PERIOD) else "E1012"
    remedy = f"Write {patterns.DESCRIPTIONS[pattern]}."
    return Problem(code, path, f"{safe_text(value)} has the wrong form.", remedy)


def _bound(details: ErrorDetails) -> str:
    limits = details["ctx"]
    return f"Write at least {limits['ge']}." if "ge" in limits else f"Write at most {limits['le']}."


def _choices(details: ErrorDetails) -> list[str]:
    """Return the valid values in pydantic's text "'a', 'b' or 'c'"."""
    quoted = re.findall(r"'([^']*)'|(\d+)", details["ctx"]["expected"])
    return [word or number for word, number in quoted]


_CODE_LISTS: Final = {
    "unknown_municipality": _unknown_municipality,
    "unknown_occupation": _unknown_occupation,
    "unknown_country": _unknown_country,
}
_TEXTS: Final = {
    "unknown_municipality": _TextErrors("E1003", digits=5),
    "unknown_occupation": _TextErrors("E1004", digits=4),
    "unknown_country": _TextErrors("E1005"),
    "literal_error": _TextErrors("E1001"),
    "string_type": _TextErrors("E1012"),
}
"""The errors of a value that is no text where one is meant."""
_CONTRADICTIONS: Final = {
    "no_returnee_group": (
        "groups",
        "The groups of a registered returnee contain no returnee group.",
        "Add returnee_readmission or returnee_other, or send registration.person.enrolled.",
    ),
    "elementary_only": (
        "kind",
        "A course of kind elementary has cycle and exam, any other kind has neither.",
        "Write both for an elementary course, leave both out for any other.",
    ),
}
_TYPES: Final = {
    "civil_date": "a day of the calendar like 2023-03-02",
    "int_type": "a whole number, without quotes",
    "bool_type": "true or false, without quotes",
    "string_type": "a text in quotes",
    "tuple_type": "a list, in square brackets",
    "model_type": "an object with the fields of the type",
}
REMEDIES: Final = {
    "specversion": 'Write "1.0".',
    "id": f"Write {patterns.DESCRIPTIONS[patterns.ID]}.",
    "source": f"Write {patterns.DESCRIPTIONS[patterns.SOURCE]}.",
    "type": f"Write {patterns.DESCRIPTIONS[patterns.TYPE]}.",
    "subject": f"Write {patterns.DESCRIPTIONS[patterns.SUBJECT]}.",
    "time": f"Write {patterns.DESCRIPTIONS[patterns.OFFSET_INSTANT]}.",
    "datacontenttype": f"Write {patterns.DESCRIPTIONS[patterns.CONTENT_TYPE]}, or leave it out.",
    "data": "Write an object with the fields of the type.",
    "factid": f"Write {patterns.DESCRIPTIONS[patterns.ID]}.",
    "revision": "Write a whole number from 1, without quotes.",
    "recordedtime": f"Write {patterns.DESCRIPTIONS[patterns.INSTANT]}.",
    "correlationid": f"Write {patterns.DESCRIPTIONS[patterns.ID]}.",
    "causationid": "Write the id of the event that caused this one.",
    "traceparent": f"Write {patterns.DESCRIPTIONS[patterns.TRACEPARENT]}.",
}
"""The remedy for each attribute."""
