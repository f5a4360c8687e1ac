"""Order and repetition of a log change nothing; neither do the directions of merges."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.event import Event as EventData
from services.reporting.domain.history import Fact
from tests.properties.product import entries_of_facts, facts_by_code, product_entries
from tests.reference.builders import make_event
from tests.reference.contents import PEOPLE
from tests.reference.history import identity, is_retraction
from tests.reference.logs import logs, retracted, story
from tests.reference.shapes import Event

LATER = 9
"""A revision above those of the random logs."""


@given(logs(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_entries(events: list[Event], random: Random) -> None:
    shuffled = random.sample(events, len(events))

    assert product_entries(shuffled) == product_entries(events), story(events)


@given(logs(), st.data())
def test_repetition_gives_the_same_entries(events: list[Event], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=9))

    assert product_entries(events + repeated) == product_entries(events), story(events)


@given(logs(), st.lists(st.permutations(PEOPLE).map(lambda codes: codes[:2]), max_size=4))
def test_a_merge_has_no_direction(events: list[Event], links: list[list[str]]) -> None:
    unlinked = [e for e in events if e["type"] != "registration.person.merged.v1"]
    forward = [merged(one, other, str(n)) for n, (one, other) in enumerate(links)]
    reverse = [merged(other, one, str(n)) for n, (one, other) in enumerate(links)]

    assert product_entries(unlinked + forward) == product_entries(unlinked + reverse), story(events)


@given(logs(), st.data())
def test_a_retracted_merge_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    one, other = data.draw(st.permutations(PEOPLE))[:2]
    link = merged(one, other, "x")
    retracted_merge = [link, retracted(link, LATER) | {"id": "merge-retraction"}]

    assert product_entries(retracted_merge + events) == product_entries(events), story(events)


@given(logs(), st.data())
def test_a_retracted_fact_leaves_no_entry(events: list[Event], data: st.DataObject) -> None:
    event = data.draw(
        st.sampled_from(
            [e for e in events if not is_retraction(e)]
            or [make_event("registration.person.enrolled", "2023-01-01")]
        )
    )
    retraction = retracted(event, LATER) | {"id": "retraction", "factid": identity(event)[3]}
    without_fact = [each for each in events if identity(each) != identity(event)]

    assert product_entries([retraction, *events]) == product_entries(without_fact), story(events)


@given(logs())
def test_only_the_newest_state_of_each_fact_counts(events: list[Event]) -> None:
    states: dict[object, list[Event]] = defaultdict(list)
    for event in events:
        states[identity(event)].append(event)
    newest = [max(of_fact, key=rank) for of_fact in states.values()]

    assert product_entries(newest) == product_entries(events), story(events)


@given(logs(), st.data())
def test_a_fact_recorded_in_two_versions_of_its_type_is_one_fact(
    events: list[Event], data: st.DataObject
) -> None:
    facts = facts_by_code(events)
    with_newer_version = {
        code: [*of_code, *map(newer_version, of_code)] if data.draw(st.booleans()) else of_code
        for code, of_code in facts.items()
    }

    assert entries_of_facts(with_newer_version) == product_entries(events), story(events)


@given(logs(), logs())
def test_events_about_others_change_no_entry(one: list[Event], other: list[Event]) -> None:
    others = [about_others(event) for event in other if event["subject"].startswith(("p-", "v-"))]

    together = product_entries(one + others)

    assert together == product_entries(one) + product_entries(others), story(one)


def newer_version(fact: Fact[EventData]) -> Fact[EventData]:
    """Return the same state of the same fact in the next version of its type."""
    return fact._replace(version=2, event_id=f"{fact.event_id}-2")


def merged(one: str, other: str, factid: str) -> Event:
    """Return a merge of two codes."""
    fields = {"with": other, "factid": factid, "id": f"link-{factid}"}
    return make_event("registration.person.merged", "2023-01-01", one, **fields)


def rank(event: Event) -> tuple[int, bool, str]:
    """Return the rank by events.md section 1; all events here are of version 1."""
    return event.get("revision", 1), is_retraction(event), event["id"]


def about_others(event: Event) -> Event:
    """Return the same event about another subject, under another id."""
    data = dict(event["data"])
    if "with" in data:
        data["with"] = other_code(data["with"])
    factid = identity(event)[3]
    return event | {
        "id": f"other-{event['id']}",
        "factid": factid,
        "subject": other_code(event["subject"]),
        "data": data,
    }


def other_code(code: str) -> str:
    """Return a code that no random log contains."""
    return code[:3] + "z" + code[4:]
