"""Which features a log has: each must occur often enough for the property tests to mean much."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.reference.builders import MEDIJANA, OLD_NOVI_SAD, PETROVARADIN
from tests.reference.history import (
    BLOCKS,
    identity,
    is_retraction,
    least_codes,
    newest_facts,
    rank,
    unversioned,
)
from tests.reference.shapes import Event, Fact

MERGED = "registration.person.merged"
Arrival = tuple[int, Event]


class Log(NamedTuple):
    """A log, grouped by fact and by subject."""

    events: list[Event]
    states: list[list[Arrival]]
    """Per fact all its states, each with its index in the order of arrival."""
    facts: list[Fact]
    people: list[list[Fact]]
    """The current facts of each subject, under all its codes."""


def features_of(events: list[Event]) -> set[str]:
    """Return the names of the features that the log has."""
    log = group_log(events)
    return {feature for feature, holds in FEATURES.items() if holds(log)}


def group_log(events: list[Event]) -> Log:
    """Group the log by fact and by subject."""
    states: dict[object, list[Arrival]] = defaultdict(list)
    for index, event in enumerate(events):
        states[identity(event)].append((index, event))
    facts = newest_facts(events)
    least = least_codes(facts)
    people: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        people[least[fact["subject"]]].append(fact)
    return Log(events, list(states.values()), facts, list(people.values()))


def statements(states: Iterable[Arrival]) -> list[Arrival]:
    """Return the states of a fact that are no retractions."""
    return [(index, event) for index, event in states if not is_retraction(event)]


def retractions(states: Iterable[Arrival]) -> list[Arrival]:
    """Return the states of a fact that are retractions."""
    return [(index, event) for index, event in states if is_retraction(event)]


def is_corrected(states: list[Arrival]) -> bool:
    """Whether several revisions of the fact were recorded."""
    return len({event.get("revision", 1) for _, event in statements(states)}) > 1


def is_retracted(states: list[Arrival]) -> bool:
    """Whether the fact was recorded, and its newest state is a retraction."""
    newest = max((event for _, event in states), key=rank)
    return bool(statements(states)) and is_retraction(newest)


def is_retracted_first(states: list[Arrival]) -> bool:
    """Whether a retraction of the fact arrives before the fact."""
    retracted_at = [index for index, _ in retractions(states)]
    recorded_at = [index for index, _ in statements(states)]
    return bool(retracted_at and recorded_at) and min(retracted_at) < min(recorded_at)


def is_recorded_after_retraction(states: list[Arrival]) -> bool:
    """Whether the fact was retracted, and its newest state records it again."""
    newest = max((event for _, event in states), key=rank)
    return bool(retractions(states) and statements(states)) and not is_retraction(newest)


def is_merge(states: list[Arrival]) -> bool:
    """Whether the fact links codes."""
    return identity(states[0][1])[1] == MERGED


def repeated(log: Log) -> list[list[Event]]:
    """Return the events that arrive several times, in the order of arrival."""
    found: dict[object, list[Event]] = defaultdict(list)
    for event in log.events:
        found[event["source"], event["id"]].append(event)
    return [copies for copies in found.values() if len(copies) > 1]


def has_a_block_last(log: Log) -> bool:
    """Whether a subject's only person block arrives after all its other facts."""
    arrivals: dict[str, list[bool]] = defaultdict(list)
    for event in log.events:
        arrivals[event["subject"]].append(unversioned(event["type"]) in BLOCKS)
    return any(len(each) > 1 and each[-1] and not any(each[:-1]) for each in arrivals.values())


def has_a_tie(log: Log) -> bool:
    """Whether two facts of one subject and type have the same day."""
    names = [
        (fact["type"], fact["on"], number) for number, of in enumerate(log.people) for fact in of
    ]
    return len(names) > len(set(names))


def has_type(name: str) -> Callable[[Log], bool]:
    """Return a test for a current fact of the type."""
    return lambda log: any(fact["type"] == name for fact in log.facts)


def names_municipality(*codes: str) -> Callable[[Log], bool]:
    """Return a test for one of these codes as a municipality or a residence."""
    return lambda log: any(
        event["data"].get(field) in codes
        for event in log.events
        for field in ("municipality", "residence")
    )


def linked(codes_min: int) -> Callable[[Log], bool]:
    """Return a test for a person of at least `codes_min` codes, each with a fact or a link."""
    return lambda log: any(
        len({code for fact in of for code in (fact["subject"], fact["data"].get("with")) if code})
        >= codes_min
        for of in log.people
    )


FEATURES: dict[str, Callable[[Log], bool]] = {
    "correction": lambda log: any(map(is_corrected, log.states)),
    "retraction": lambda log: any(map(is_retracted, log.states)),
    "retraction before its fact": lambda log: any(map(is_retracted_first, log.states)),
    "fact recorded again after a retraction": lambda log: any(
        map(is_recorded_after_retraction, log.states)
    ),
    "duplicate": lambda log: bool(repeated(log)),
    "duplicate with an earlier recordedtime": lambda log: any(
        min(event["recordedtime"] for event in copies[1:]) < copies[0]["recordedtime"]
        for copies in repeated(log)
    ),
    "merge": has_type(MERGED),
    "merge of codes that both have facts": lambda log: any(
        len({fact["subject"] for fact in of if fact["type"] != MERGED}) > 1 for of in log.people
    ),
    "chain of merges": linked(3),
    "merge retracted": lambda log: any(is_merge(s) and is_retracted(s) for s in log.states),
    "merge recorded again": lambda log: any(
        is_merge(s) and is_recorded_after_retraction(s) for s in log.states
    ),
    "merge corrected": lambda log: any(is_merge(s) and is_corrected(s) for s in log.states),
    "move": has_type("registration.person.moved"),
    "consent granted": has_type("registration.consent.granted"),
    "consent withdrawn": has_type("registration.consent.withdrawn"),
    "person block that arrives last": has_a_block_last,
    "tie on one day": has_a_tie,
    "alias": names_municipality(PETROVARADIN, OLD_NOVI_SAD),
    "city municipality": names_municipality(MEDIJANA),
    "erasure": has_type("registration.person.erased"),
}
"""By name, whether a log has the feature. Conflicts depend on the order, so no log has any."""
