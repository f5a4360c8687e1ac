"""What can be read of an event, whatever else is wrong with it, so that every fault is found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, cast

from pydantic import TypeAdapter, ValidationError

from ..attributes import ATTRIBUTE_NAMES, NOT_KEPT, Attributes
from ..catalogue import BY_TYPE
from ..envelope import Envelope
from ..events.event import Event
from . import event_rules
from .decode import envelope_of, field_names, parse_instant, wrong_subject
from .problems import Problem, Refusal, path_of
from .validation_errors import problems_of_attributes, problems_of_data

Fields = Mapping[str, object]

_PLACEHOLDERS: Fields = {
    "specversion": "1.0",
    "id": "none",
    "source": "/partners/none",
    "subject": "p-" + 26 * "0",
    "time": "2000-01-01T00:00:00Z",
    "data": {},
}
"""For attributes that are wrong or missing; no rule that needs such an attribute is asked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event with the problems that its models find.

    `wrong` are the JSON paths of what is missing or wrong. `envelope` holds what is right, and of
    an event without problems all; None if not even the type is known.
    """

    envelope: Envelope[Event] | None
    problems: tuple[Problem, ...]
    wrong: frozenset[str]


def draft_of(decoded: Fields, *, partner: bool) -> Draft:
    """Return what can be read of a JSON object; `partner` requires that the source is a partner's.

    An unknown type is the first of the problems, then come those of the envelope, then those of
    the data.
    """
    given, nulls = _without_nulls(decoded, "$")
    attributes, problems = _attributes(given)
    problems = [*nulls, *_reserved(given), *problems]
    if partner and not str(attributes.source).startswith("/partners/"):
        remedy = "Write /partners/<your id>."
        detail = "This is not the source of a partner."
        problems.append(Problem("E1115", "$.source", detail, remedy))
    if "type" not in given or "$.type" in _paths(problems):
        return Draft(None, tuple(problems), _paths(problems))
    if unknown := event_rules.unknown_type(attributes.type):
        _, nulls = _without_nulls(attributes.data, "$.data")
        return Draft(None, (unknown, *problems, *nulls), _paths(problems))
    event, of_data = _event(BY_TYPE[attributes.type], attributes, _paths(problems))
    problems += of_data
    return Draft(envelope_of(attributes, event), tuple(problems), _paths(problems))


def _attributes(given: Fields) -> tuple[Attributes, list[Problem]]:
    """Return the attributes, those that are wrong replaced, and their problems."""
    kept = {
        name: value
        for name, value in given.items()
        if name not in NOT_KEPT and name != "recordedtime"
    }
    problems: list[Problem] = []
    try:
        attributes = Attributes.model_validate(kept, extra="forbid")
    except ValidationError as error:
        problems = problems_of_attributes(error, ATTRIBUTE_NAMES)
        attributes = Attributes.model_validate(_repaired(kept, problems), extra="ignore")
    try:
        parse_instant(attributes.time, "time")
    except Refusal as refused:
        problems.append(refused.problem)
        attributes = attributes.model_copy(update={"time": _PLACEHOLDERS["time"]})
    return attributes, problems


def _repaired(given: Fields, problems: Iterable[Problem]) -> Fields:
    wrong = _paths(problems)
    right = {name: value for name, value in given.items() if path_of("$", (name,)) not in wrong}
    return {**_PLACEHOLDERS, "type": "a.b.c.v1", **right}


def _event(
    kind: type[Event], attributes: Attributes, wrong: frozenset[str]
) -> tuple[Event | None, list[Problem]]:
    """Return the data with all fields that are right, and the problems of data and subject."""
    if "$.data" in wrong:
        return None, []
    problems: list[Problem] = []
    if "$.subject" not in wrong and attributes.subject[0] not in kind.SUBJECT:
        problems.append(wrong_subject(kind))
    fields, nulls = _without_nulls(attributes.data, "$.data")
    problems += nulls
    try:
        event = kind.model_validate(fields, extra="forbid", by_alias=True, by_name=False)
    except ValidationError as error:
        missing = _paths(nulls)
        found = problems_of_data(error, field_names(kind))
        problems += [each for each in found if each.path not in missing]
        event = _partial(kind, fields)
    return event, problems


def _partial(kind: type[Event], fields: Fields) -> Event:
    """Return the data with the fields that are right by themselves."""
    right: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        given = fields.get(field.alias or name)
        try:
            if given is not None:
                right[name] = _reader(kind, name)(given)
        except ValidationError:
            continue
    return kind.model_construct(**right)


@cache
def _reader(kind: type[Event], name: str) -> Callable[[object], object]:
    field = kind.model_fields[name]
    annotated: Any = Annotated[field.annotation, *(field.metadata or [None])]
    return cast("Callable[[object], object]", TypeAdapter(annotated).validate_python)


def _without_nulls(fields: Fields, root: str) -> tuple[dict[str, object], list[Problem]]:
    """Return the fields that are no null and hold none, and the problems of the others."""
    nulls = {
        name
        for name, value in fields.items()
        if value is None or (isinstance(value, list) and None in value)
    }
    remedy = "Leave the field out if there is no value."
    problems = [
        Problem("E1015", path_of(root, (name,)), "Null is not a value.", remedy)
        for name in fields
        if name in nulls
    ]
    return {name: value for name, value in fields.items() if name not in nulls}, problems


def _reserved(given: Fields) -> list[Problem]:
    if "recordedtime" not in given:
        return []
    return [Problem("E1113", "$.recordedtime", "Only intake sets this.", "Leave it out.")]


def _paths(problems: Iterable[Problem]) -> frozenset[str]:
    """Return the paths of the fields with problems; of an element of a list that of the list."""
    return frozenset(each.path.partition("[")[0] for each in problems)
