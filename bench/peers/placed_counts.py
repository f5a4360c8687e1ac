"""The peers' work in plain Python: from a person's events to the cells in which it counts.

It handles records, corrections, retractions and attributes on a day, but no merges, no conflicts
and none of the other indicators. A person's state is JSON.
"""

from collections.abc import Mapping
from typing import Any, Final

EventJson = Mapping[str, Any]
"""An event as it is in Kafka."""
PersonState = dict[str, list[Any]]
"""By record: [revision, is it a retraction, version, event id, day, sex or council]."""

_BLOCKS: Final = ("registration.returnee.registered", "registration.person.enrolled")
_PLACEMENT: Final = "matching.placement.made"
_RETRACTIONS: Final = ("registration.fact.retracted", "matching.fact.retracted")
_CONSUMED: Final = frozenset({*_BLOCKS, _PLACEMENT, *_RETRACTIONS})
TOPICS: Final = ("registration-events", "matching-events")

_PRECEDENCE: Final = slice(0, 4)
_IS_RETRACTION, _DAY, _VALUE = 1, 4, 5
_NO_CONTENT: Final = ("", "")
_MONTH: Final = slice(0, 7)


def apply_event(
    person: PersonState, event: EventJson, councils: Mapping[str, str]
) -> PersonState | None:
    """Return the person's state after this event, or None if it changes nothing."""
    type_name, _, version = event["type"].rpartition(".v")
    if type_name not in _CONSUMED:
        return None
    is_retraction = type_name in _RETRACTIONS
    fact_type = event["data"]["type"] if is_retraction else type_name
    if fact_type not in _BLOCKS and fact_type != _PLACEMENT:
        return None
    record = f"{event['source']} {fact_type} {event.get('factid', event['id'])}"
    precedence = [event.get("revision", 1), is_retraction, int(version), event["id"]]
    known = person.get(record)
    if known is not None and known[_PRECEDENCE] >= precedence:
        return None
    content = _NO_CONTENT if is_retraction else _content(fact_type, event["data"], councils)
    return {**person, record: [*precedence, *content]}


def _cells(person: PersonState) -> set[str]:
    """Return the cells ("council|month|sex") in which the person was placed."""
    current = [
        (record.split(" "), state) for record, state in person.items() if not state[_IS_RETRACTION]
    ]
    blocks = sorted(
        (state[_DAY], *name, state[_VALUE]) for name, state in current if name[1] in _BLOCKS
    )
    return {
        f"{state[_VALUE]}|{state[_DAY][_MONTH]}|{_sex(blocks, state[_DAY])}"
        for name, state in current
        if name[1] == _PLACEMENT
    }


def changes(before: PersonState, after: PersonState) -> list[tuple[str, int]]:
    """Return the changes of cell counts between two states of a person."""
    old, new = _cells(before), _cells(after)
    return [(cell, -1) for cell in old - new] + [(cell, 1) for cell in new - old]


def _content(fact_type: str, data: EventJson, councils: Mapping[str, str]) -> tuple[str, str]:
    value = councils[data["municipality"]] if fact_type == _PLACEMENT else data["sex"]
    return data["on"], value


def _sex(blocks: list[tuple[str, ...]], day: str) -> str:
    """Return the sex by the latest block on or before the day, else by the first block."""
    if not blocks:
        return "unknown"
    until = [block for block in blocks if block[0] <= day]
    return (until or blocks[:1])[-1][-1]
