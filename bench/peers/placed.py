"""The peers' work in plain Python: of one person's events the cells in which it counts.

It knows records, corrections, retractions and attributes on a day. It does not know merges, nor
conflicts, nor the other twenty-six indicators. What it keeps of a person is JSON.
"""

from collections.abc import Mapping
from typing import Any, Final

Said = Mapping[str, Any]
"""An event as it stands on the bus."""
Person = dict[str, list[Any]]
"""By record: [revision, is it a retraction, version, event id, day, sex or council]."""

BLOCKS: Final = ("registration.returnee.registered", "registration.person.enrolled")
PLACEMENT: Final = "matching.placement.made"
RETRACTIONS: Final = ("registration.fact.retracted", "matching.fact.retracted")
HEARD: Final = frozenset({*BLOCKS, PLACEMENT, *RETRACTIONS})
TOPICS: Final = ("registration-events", "matching-events")

STRENGTH: Final = slice(0, 4)
IS_RETRACTION, DAY, VALUE = 1, 4, 5
NOTHING: Final = ("", "")
MONTH: Final = slice(0, 7)


def told(person: Person, said: Said, councils: Mapping[str, str]) -> Person | None:
    """The person with this event, or None if it changes nothing."""
    stated, _, version = said["type"].rpartition(".v")
    if stated not in HEARD:
        return None
    is_retraction = stated in RETRACTIONS
    about = said["data"]["type"] if is_retraction else stated
    if about not in BLOCKS and about != PLACEMENT:
        return None
    record = f"{said['source']} {about} {said.get('factid', said['id'])}"
    strength = [said.get("revision", 1), is_retraction, int(version), said["id"]]
    known = person.get(record)
    if known is not None and known[STRENGTH] >= strength:
        return None
    content = NOTHING if is_retraction else _content(about, said["data"], councils)
    return {**person, record: [*strength, *content]}


def cells(person: Person) -> set[str]:
    """The cells, as "council|month|sex", in which the person was placed: once in each."""
    stand = [
        (record.split(" "), kept) for record, kept in person.items() if not kept[IS_RETRACTION]
    ]
    blocks = sorted((kept[DAY], *name, kept[VALUE]) for name, kept in stand if name[1] in BLOCKS)
    return {
        f"{kept[VALUE]}|{kept[DAY][MONTH]}|{_sex(blocks, kept[DAY])}"
        for name, kept in stand
        if name[1] == PLACEMENT
    }


def changes(before: Person, after: Person) -> list[tuple[str, int]]:
    """What a person's event does to the counts of cells."""
    old, new = cells(before), cells(after)
    return [(cell, -1) for cell in old - new] + [(cell, 1) for cell in new - old]


def _content(about: str, data: Said, councils: Mapping[str, str]) -> tuple[str, str]:
    value = councils[data["municipality"]] if about == PLACEMENT else data["sex"]
    return data["on"], value


def _sex(blocks: list[tuple[str, ...]], day: str) -> str:
    """By the latest block on or before the day, or else by the first."""
    if not blocks:
        return "unknown"
    until = [block for block in blocks if block[0] <= day]
    return (until or blocks[:1])[-1][-1]
