"""Which kinds of history a log holds: what the laws must meet often enough to be laws."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.reference.history import (
    BLOCKS,
    identity,
    is_retraction,
    least_codes,
    newest_facts,
    rank,
    unversioned,
)
from tests.reference.plain import Event, Fact
from tests.reference.tell import MEDIJANA, OLD_NOVI_SAD, PETROVARADIN

MERGED = "registration.person.merged"
Place = tuple[int, Event]


class Log(NamedTuple):
    """A log seen from several sides."""

    events: list[Event]
    states: list[list[Place]]
    """Per fact all its states, each with its place in the order of arrival."""
    facts: list[Fact]
    people: list[list[Fact]]
    """The standing facts of each subject, whatever its codes."""


def kinds_in(events: list[Event]) -> set[str]:
    """The kinds that the log holds."""
    log = seen(events)
    return {kind for kind, holds in KINDS.items() if holds(log)}


def seen(events: list[Event]) -> Log:
    """The log, sorted by fact and by subject."""
    states: dict[object, list[Place]] = defaultdict(list)
    for place, event in enumerate(events):
        states[identity(event)].append((place, event))
    facts = newest_facts(events)
    least = least_codes(facts)
    people: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        people[least[fact["subject"]]].append(fact)
    return Log(events, list(states.values()), facts, list(people.values()))


def stated(states: Iterable[Place]) -> list[Place]:
    """The statements among the states of a fact."""
    return [(place, event) for place, event in states if not is_retraction(event)]


def taken_back(states: Iterable[Place]) -> list[Place]:
    """The retractions among the states of a fact."""
    return [(place, event) for place, event in states if is_retraction(event)]


def is_corrected(states: list[Place]) -> bool:
    """Several revisions were stated."""
    return len({event.get("revision", 1) for _, event in stated(states)}) > 1


def is_retracted(states: list[Place]) -> bool:
    """It was stated, and the newest state is a retraction."""
    newest = max((event for _, event in states), key=rank)
    return bool(stated(states)) and is_retraction(newest)


def is_retracted_first(states: list[Place]) -> bool:
    """Its retraction arrives before any statement."""
    back, said = taken_back(states), stated(states)
    return bool(back and said) and min(back)[0] < min(place for place, _ in said)


def is_restated(states: list[Place]) -> bool:
    """It was taken back, and the newest state states it again."""
    newest = max((event for _, event in states), key=rank)
    return bool(taken_back(states) and stated(states)) and not is_retraction(newest)


def is_merge(states: list[Place]) -> bool:
    """The fact links codes."""
    return identity(states[0][1])[1] == MERGED


def repeated(log: Log) -> list[list[Event]]:
    """Events that arrive several times, in the order of arrival."""
    found: dict[object, list[Event]] = defaultdict(list)
    for event in log.events:
        found[event["source"], event["id"]].append(event)
    return [again for again in found.values() if len(again) > 1]


def has_a_block_last(log: Log) -> bool:
    """Somebody's first person block arrives after everything else that is said of them."""
    arrivals: dict[str, list[bool]] = defaultdict(list)
    for event in log.events:
        arrivals[event["subject"]].append(unversioned(event["type"]) in BLOCKS)
    return any(len(each) > 1 and each[-1] and not any(each[:-1]) for each in arrivals.values())


def has_a_tie(log: Log) -> bool:
    """Two facts of one subject and type lie on one day."""
    names = [
        (fact["type"], fact["on"], number) for number, of in enumerate(log.people) for fact in of
    ]
    return len(names) > len(set(names))


def has_type(name: str) -> Callable[[Log], bool]:
    """A standing fact of the type."""
    return lambda log: any(fact["type"] == name for fact in log.facts)


def says(*codes: str) -> Callable[[Log], bool]:
    """One of these codes is a municipality or a residence."""
    return lambda log: any(
        event["data"].get(field) in codes
        for event in log.events
        for field in ("municipality", "residence")
    )


def linked(codes_min: int) -> Callable[[Log], bool]:
    """A person of so many codes, each with a fact or a link of its own."""
    return lambda log: any(
        len({code for fact in of for code in (fact["subject"], fact["data"].get("with")) if code})
        >= codes_min
        for of in log.people
    )


KINDS: dict[str, Callable[[Log], bool]] = {
    "correction": lambda log: any(map(is_corrected, log.states)),
    "retraction": lambda log: any(map(is_retracted, log.states)),
    "retraction before its fact": lambda log: any(map(is_retracted_first, log.states)),
    "statement again after a retraction": lambda log: any(map(is_restated, log.states)),
    "duplicate": lambda log: bool(repeated(log)),
    "duplicate with an earlier recordedtime": lambda log: any(
        min(event["recordedtime"] for event in again[1:]) < again[0]["recordedtime"]
        for again in repeated(log)
    ),
    "merge": has_type(MERGED),
    "merge of codes that both have facts": lambda log: any(
        len({fact["subject"] for fact in of if fact["type"] != MERGED}) > 1 for of in log.people
    ),
    "chain of merges": linked(3),
    "merge taken back": lambda log: any(is_merge(s) and is_retracted(s) for s in log.states),
    "merge stated again": lambda log: any(is_merge(s) and is_restated(s) for s in log.states),
    "merge corrected": lambda log: any(is_merge(s) and is_corrected(s) for s in log.states),
    "move": has_type("registration.person.moved"),
    "consent given": has_type("registration.consent.granted"),
    "consent withdrawn": has_type("registration.consent.withdrawn"),
    "person block that arrives last": has_a_block_last,
    "tie on one day": has_a_tie,
    "alias": says(PETROVARADIN, OLD_NOVI_SAD),
    "city municipality": says(MEDIJANA),
    "erasure": has_type("registration.person.erased"),
}
"""By name, whether a log holds the kind. Conflicts are none: freedom of order is not theirs."""
