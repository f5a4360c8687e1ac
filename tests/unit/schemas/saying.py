"""Builders: whole events in JSON, so that a test names only what it is about."""

import json
from collections.abc import Mapping
from datetime import date

from schemas import declarations, door
from schemas.envelope import Envelope, hear
from schemas.event import Event
from schemas.lists import DATA
from schemas.problem import Problem, Refusal

Json = dict[str, object]

PERSON = "p-0123456789abcdefghjkmnpqrs"
VACANCY = "v-3q8c1m5r7t9w2x4y6z8a0b1c2d"
PLACEMENT = "matching.placement.made.v1"
ABSENT = object()
TODAY = date(2023, 7, 31)
JMBG = "0101990710024"


def event(type_: str = PLACEMENT, data: Mapping[str, object] = {}, **attributes: object) -> Json:
    """The example of a type with some attributes and data changed; ABSENT takes one out."""
    return changed({**attributes, "data": data}, type_)


def changed(changes: Mapping[str, object], type_: str = PLACEMENT) -> Json:
    """The same with the changes in one mapping; of the data only what is named changes."""
    said: Json = json.loads((DATA.parent / "examples" / f"{type_}.json").read_bytes())
    data, new = said["data"], changes.get("data", {})
    if isinstance(data, dict) and isinstance(new, Mapping):
        new = _present({**data, **new})
    return _present({**said, **changes, "data": new})


def body(type_: str = PLACEMENT, data: Mapping[str, object] = {}, **attributes: object) -> bytes:
    """The same as bytes."""
    return json.dumps(event(type_, data, **attributes)).encode()


def heard(said: Json) -> Envelope[Event]:
    """What a listener makes of an event."""
    return hear(json.dumps(said).encode())


def checked(message: bytes | Json, *, partner: bool = False) -> Envelope[Event]:
    """What the door makes of a message on the day of the tests."""
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return door.check(raw, today=TODAY, declared=declarations.shipped(), partner=partner)


def problem_of(message: bytes | Json, *, partner: bool = False) -> Problem:
    """Why the door refuses a message; fails if it does not."""
    try:
        envelope = checked(message, partner=partner)
    except Refusal as refused:
        return refused.problem
    raise AssertionError(f"accepted: {envelope}")


def refused(message: bytes | Json, *, partner: bool = False) -> tuple[str, str]:
    """Code and path of the refusal."""
    problem = problem_of(message, partner=partner)
    return problem.code, problem.path


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not ABSENT}
