"""Builders of complete events in JSON, so that a test names only what it is about."""

import json
from collections.abc import Mapping
from datetime import date

from schemas import declared_codes
from schemas.code_lists import DATA
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.validation import strict
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem, Refusal

Json = dict[str, object]

PERSON = "p-0123456789abcdefghjkmnpqrs"
VACANCY = "v-3q8c1m5r7t9w2x4y6z8a0b1c2d"
PLACEMENT = "matching.placement.made.v1"
ABSENT = object()
TODAY = date(2023, 7, 31)
JMBG = "0101990710024"


def event(type_: str = PLACEMENT, data: Mapping[str, object] = {}, **attributes: object) -> Json:
    """The example of a type with some attributes and data changed; ABSENT removes one."""
    return changed({**attributes, "data": data}, type_)


def changed(changes: Mapping[str, object], type_: str = PLACEMENT) -> Json:
    """The same with the changes in one mapping; fields of the data that are not named stay."""
    example: Json = json.loads((DATA.parent / "examples" / f"{type_}.json").read_bytes())
    data, new = example["data"], changes.get("data", {})
    if isinstance(data, dict) and isinstance(new, Mapping):
        new = _present({**data, **new})
    return _present({**example, **changes, "data": new})


def body(type_: str = PLACEMENT, data: Mapping[str, object] = {}, **attributes: object) -> bytes:
    """The same as bytes."""
    return json.dumps(event(type_, data, **attributes)).encode()


def decoded(message: Json) -> Envelope[Event]:
    """The event as a consumer decodes it."""
    return decode_event(json.dumps(message).encode())


def validated(message: bytes | Json, *, partner: bool = False) -> Envelope[Event]:
    """The event after strict validation on the day of the tests."""
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return strict.validate_event(
        raw, today=TODAY, declared=declared_codes.shipped(), partner=partner
    )


def problem_of(message: bytes | Json, *, partner: bool = False) -> Problem:
    """Why strict validation refuses a message; fails if it accepts it."""
    try:
        envelope = validated(message, partner=partner)
    except Refusal as refused:
        return refused.problem
    raise AssertionError(f"accepted: {envelope}")


def refused(message: bytes | Json, *, partner: bool = False) -> tuple[str, str]:
    """Code and path of the refusal."""
    problem = problem_of(message, partner=partner)
    return problem.code, problem.path


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not ABSENT}
