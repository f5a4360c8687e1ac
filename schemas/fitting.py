"""What pydantic found, said as a problem: code, path, detail, remedy, nearest valid value."""

import re
from collections.abc import Collection
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from . import codes, forms, territory
from .lists import rows
from .nearest import nearest, one_of, shown
from .problem import Problem, Refusal, path_of

LIST_SHOWN_MAX = 15  # words of a closed list in one error text; longer lists show the nearest only


def refusal_of_data(error: ValidationError, fields: Collection[str]) -> Refusal:
    """What is most worth telling of data that do not fit: unknown names, then in order."""
    details = _worst(error)
    match details["type"]:
        case "extra_forbidden":
            return Refusal(unknown_field(str(details["loc"][-1]), fields))
        case "missing":
            path = path_of("$.data", details["loc"])
            return Refusal(Problem("E1011", path, "This field is required.", "Add it."))
    return Refusal(_wrong_value(details))


def refusal_of_attributes(error: ValidationError, attributes: Collection[str]) -> Refusal:
    """The same for the attributes around the data."""
    details = _worst(error)
    name = str(details["loc"][0])
    path = path_of("$", (name,))
    match details["type"]:
        case "extra_forbidden":
            return Refusal(_unknown_attribute(name, attributes))
        case "missing":
            return Refusal(Problem("E1111", path, "This attribute is required.", HOW[name]))
    detail = f"{shown(details['input'])} is no {name} as the envelope has it."
    return Refusal(Problem("E1112", path, detail, HOW[name]))


def unknown_field(name: str, fields: Collection[str]) -> Problem:
    """A name in the data that the type's model does not have."""
    path = path_of("$.data", (name,))
    return Problem("E1010", path, "This type has no such field.", _or_leave_out(name, fields))


def _unknown_attribute(name: str, attributes: Collection[str]) -> Problem:
    path = path_of("$", (name,))
    remedy = _or_leave_out(name, attributes)
    return Problem("E1110", path, "The envelope has no such attribute.", remedy)


def _or_leave_out(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f"Did you mean {one_of(near)}?" if near else f"Leave it out. Known: {one_of(known)}."


def _worst(error: ValidationError) -> ErrorDetails:
    found = error.errors(include_url=False)
    return next((e for e in found if e["type"] == "extra_forbidden"), found[0])


def _wrong_value(details: ErrorDetails) -> Problem:
    kind, value = details["type"], details["input"]
    path = path_of("$.data", details["loc"])
    match kind:
        case "literal_error":
            return _not_on_the_list(path, value, _choices(details))
        case "string_pattern_mismatch":
            return _wrong_pattern(path, value, details["ctx"]["pattern"])
        case "repeated":
            return Problem("E1014", path, "An element stands twice.", "Say each element once.")
        case "greater_than_equal" | "less_than_equal":
            return Problem("E1013", path, f"{shown(value)} is out of range.", _bound(details))
    if kind in _CODE_LISTS:
        return _CODE_LISTS[kind](path, value)
    return _contradiction(details) if kind in _CONTRADICTIONS else _wrong_type(path, details)


def _wrong_type(path: str, details: ErrorDetails) -> Problem:
    remedy = _TYPES.get(details["type"], "the value as the reference of events has it")
    detail = f"{shown(details['input'])} has the wrong form."
    return Problem("E1012", path, detail, f"Write {remedy}.")


def _not_on_the_list(path: str, value: object, valid: list[str]) -> Problem:
    near = nearest(value, valid)
    hint = f"Did you mean {one_of(near)}? " if near else ""
    listed = f"Valid: {one_of(valid)}." if len(valid) <= LIST_SHOWN_MAX or not near else ""
    return Problem("E1001", path, f"{shown(value)} is not on the list.", f"{hint}{listed}".strip())


def _unknown_municipality(path: str, value: object) -> Problem:
    text = str(value)[:80]
    near = territory.nearest(text) if isinstance(value, str) else ()
    hint = f" Nearest: {one_of(near)}." if near else ""
    slip = ""
    if re.fullmatch(r"[0-9]{5}", text) and not territory.has_check_digit(text):
        slip = " Its check digit is wrong."
    detail = f"{shown(value)} is no municipality.{slip}{hint}"
    return Problem("E1003", path, detail, "Use a code of the municipality list.")


def _unknown_occupation(path: str, value: object) -> Problem:
    titles = {r["code"]: r["title_en"] for r in rows("isco08") if r["level"] == "unit"}
    near = [f"{code} {titles[code]}".strip() for code in nearest(value, sorted(titles))]
    hint = f" Nearest: {one_of(near)}." if near else ""
    detail = f"{shown(value)} is no unit group of ISCO-08.{hint}"
    return Problem("E1004", path, detail, "Use the four digits of a unit group.")


def _unknown_country(path: str, value: object) -> Problem:
    near = nearest(value, sorted(codes.countries()))
    hint = f" Nearest: {one_of(near)}." if near else ""
    detail = f"{shown(value)} is no country.{hint}"
    return Problem("E1005", path, detail, "Use two letters of ISO 3166-1, like DE, or XK.")


def _contradiction(details: ErrorDetails) -> Problem:
    field, detail, remedy = _CONTRADICTIONS[details["type"]]
    field = details.get("ctx", {}).get("field", field)
    return Problem("E1016", path_of("$.data", (field,)), detail, remedy)


def _wrong_pattern(path: str, value: object, pattern: str) -> Problem:
    code = "E1017" if pattern in (forms.PERIOD, forms.ANY_PERIOD) else "E1012"
    remedy = f"Write {forms.WRITTEN[pattern]}."
    return Problem(code, path, f"{shown(value)} has the wrong form.", remedy)


def _bound(details: ErrorDetails) -> str:
    limits = details["ctx"]
    return f"Say at least {limits['ge']}." if "ge" in limits else f"Say at most {limits['le']}."


def _choices(details: ErrorDetails) -> list[str]:
    """The valid words out of pydantic's "'a', 'b' or 'c'"."""
    quoted = re.findall(r"'([^']*)'|(\d+)", details["ctx"]["expected"])
    return [word or number for word, number in quoted]


_CODE_LISTS: Final = {
    "unknown_municipality": _unknown_municipality,
    "unknown_occupation": _unknown_occupation,
    "unknown_country": _unknown_country,
}
_CONTRADICTIONS: Final = {
    "no_returnee_group": (
        "groups",
        "The groups of a registered returnee hold no returnee group.",
        "Add returnee_readmission or returnee_other, or say registration.person.enrolled.",
    ),
    "elementary_only": (
        "kind",
        "A course of kind elementary has cycle and exam, any other kind has neither.",
        "Say both for an elementary course, leave both out for another.",
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
HOW: Final = {
    "specversion": 'Write "1.0".',
    "id": f"Write {forms.WRITTEN[forms.ID]}.",
    "source": f"Write {forms.WRITTEN[forms.SOURCE]}.",
    "type": f"Write {forms.WRITTEN[forms.TYPE]}.",
    "subject": f"Write {forms.WRITTEN[forms.SUBJECT]}.",
    "time": f"Write {forms.WRITTEN[forms.INSTANT]}.",
    "datacontenttype": 'Write "application/json" or leave it out.',
    "data": "Write an object with the fields of the type.",
    "factid": f"Write {forms.WRITTEN[forms.ID]}.",
    "revision": "Write a whole number from 1, without quotes.",
    "recordedtime": f"Write {forms.WRITTEN[forms.INSTANT]}.",
    "correlationid": f"Write {forms.WRITTEN[forms.ID]}.",
    "causationid": "Write the id of the event that made the service speak.",
    "traceparent": f"Write {forms.WRITTEN[forms.TRACEPARENT]}.",
}
"""What to do about each attribute."""
