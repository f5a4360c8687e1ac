"""Computes histories from events: newest states of facts, linked codes, the order of facts."""

from collections import defaultdict
from datetime import date

from tests.reference.data_files import council
from tests.reference.shapes import Event, Fact

BLOCKS = ("registration.returnee.registered", "registration.person.enrolled")


def unversioned(event_type: str) -> str:
    """`matching.placement.made` of `matching.placement.made.v1`."""
    return event_type.rpartition(".v")[0]


def version(event_type: str) -> int:
    """1 of `matching.placement.made.v1`."""
    return int(event_type.rpartition(".v")[2])


def is_retraction(event: Event) -> bool:
    """Whether the event retracts a fact."""
    return unversioned(event["type"]).endswith(".fact.retracted")


def identity(event: Event) -> tuple[str, str, str, str]:
    """Return which fact the event records, corrects or retracts."""
    stated = event["data"]["type"] if is_retraction(event) else unversioned(event["type"])
    factid: str = event.get("factid") or event["id"]
    return event["source"], stated, event["subject"], factid


def rank(event: Event) -> tuple[int, bool, int, str]:
    """Return the rank: of the states of one fact the one with the greatest rank counts."""
    return event.get("revision", 1), is_retraction(event), version(event["type"]), event["id"]


def newest_facts(events: list[Event]) -> list[Fact]:
    """Return each fact in its newest state, without those whose newest state is a retraction."""
    states = defaultdict(list)
    for event in events:
        states[identity(event)].append(event)
    newest = {name: max(of_fact, key=rank) for name, of_fact in states.items()}
    return [
        as_fact(name, e) | {"recorded": first_recorded(e, states[name])}
        for name, e in newest.items()
        if not is_retraction(e)
    ]


def first_recorded(event: Event, states: list[Event]) -> str:
    """Return the earliest instant at which an event, or a repetition of it, was recorded."""
    return min(str(e.get("recordedtime", "")) for e in states if e["id"] == event["id"])


def as_fact(name: tuple[str, str, str, str], event: Event) -> Fact:
    """Return a fact as the rules read it: flat names, a date, and the council of its town."""
    source, stated, subject, factid = name
    data = event["data"]
    return {
        "source": source,
        "type": stated,
        "subject": subject,
        "factid": factid,
        "on": date.fromisoformat(data["on"]),
        "town": council(data["municipality"]) if "municipality" in data else "",
        "data": data,
    }


def in_order(facts: list[Fact]) -> list[Fact]:
    """Sort facts by day; on one day deregistrations, blocks, moves, then the others."""
    return sorted(facts, key=order)


def order(fact: Fact) -> tuple[date, int, str, str, str, str]:
    """Return the sort key of the order of facts."""
    turn = 3
    if fact["type"] == "matching.jobseeker.deregistered":
        turn = 0
    if fact["type"] in BLOCKS:
        turn = 1
    if fact["type"] == "registration.person.moved":
        turn = 2
    return fact["on"], turn, fact["source"], fact["type"], fact["factid"], fact["subject"]


def least_codes(facts: list[Fact]) -> dict[str, str]:
    """Return for every code the least code that it is linked with, which may be itself.

    A merge has no direction; labels are lowered until nothing changes.
    """
    merges = [fact for fact in facts if fact["type"] == "registration.person.merged"]
    least = {fact["subject"]: fact["subject"] for fact in facts}
    least |= {merge["data"]["with"]: merge["data"]["with"] for merge in merges}
    changed = True
    while changed:
        changed = False
        for merge in merges:
            one, other = merge["subject"], merge["data"]["with"]
            lower = min(least[one], least[other])
            changed = changed or least[one] != lower or least[other] != lower
            least[one] = least[other] = lower
    return least


def histories(events: list[Event]) -> dict[str, list[Fact]]:
    """Return the ordered history of every subject, named by the least of its linked codes."""
    facts = newest_facts(events)
    least = least_codes(facts)
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in in_order(facts):
        found[least[fact["subject"]]].append(fact)
    return found
