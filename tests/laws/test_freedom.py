"""Order, repetition and batching of a log change nothing; neither do links' directions."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Event as Said
from services.reporting.counting.history import Fact
from tests.laws.live import LiveFold
from tests.laws.product import entries_of_facts, facts_by_code, product_entries
from tests.reference.contents import PEOPLE
from tests.reference.history import identity, is_retraction
from tests.reference.logs import logs, retracted, story
from tests.reference.plain import Event
from tests.reference.tell import say

LATER = 9
"""A revision above those of the random logs."""


@given(logs(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_entries(events: list[Event], random: Random) -> None:
    shuffled = random.sample(events, len(events))

    assert product_entries(shuffled) == product_entries(events), story(events)


@given(logs(), st.data())
def test_repetition_gives_the_same_entries(events: list[Event], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=9))

    assert product_entries(events + again) == product_entries(events), story(events)


@given(logs(), st.data())
def test_batches_folded_as_they_come_give_what_the_whole_log_gives(
    events: list[Event], data: st.DataObject
) -> None:
    live = LiveFold()
    while events_left := events[live.heard :]:
        live.fold(events_left[: data.draw(st.integers(1, len(events_left)))])

    assert live.entries() == product_entries(events), story(events)


@given(logs(), st.lists(st.permutations(PEOPLE).map(lambda codes: codes[:2]), max_size=4))
def test_a_merge_has_no_direction(events: list[Event], links: list[list[str]]) -> None:
    unlinked = [e for e in events if e["type"] != "registration.person.merged.v1"]
    there = [merged(one, other, str(n)) for n, (one, other) in enumerate(links)]
    back = [merged(other, one, str(n)) for n, (one, other) in enumerate(links)]

    assert product_entries(unlinked + there) == product_entries(unlinked + back), story(events)


@given(logs(), st.data())
def test_a_merge_taken_back_leaves_what_there_was(events: list[Event], data: st.DataObject) -> None:
    one, other = data.draw(st.permutations(PEOPLE))[:2]
    link = merged(one, other, "x")
    undone = [link, retracted(link, LATER) | {"id": "undone"}]

    assert product_entries(undone + events) == product_entries(events), story(events)


@given(logs(), st.data())
def test_a_retracted_fact_was_never_said(events: list[Event], data: st.DataObject) -> None:
    event = data.draw(
        st.sampled_from(
            [e for e in events if not is_retraction(e)]
            or [say("registration.person.enrolled", "2023-01-01")]
        )
    )
    taken_back = retracted(event, LATER) | {"id": "taken-back", "factid": identity(event)[3]}
    never = [said for said in events if identity(said) != identity(event)]

    assert product_entries([taken_back, *events]) == product_entries(never), story(events)


@given(logs())
def test_only_the_newest_state_of_each_fact_counts(events: list[Event]) -> None:
    states: dict[object, list[Event]] = defaultdict(list)
    for event in events:
        states[identity(event)].append(event)
    newest = [max(said, key=rank) for said in states.values()]

    assert product_entries(newest) == product_entries(events), story(events)


@given(logs(), st.data())
def test_a_fact_said_in_a_newer_version_too_is_one_fact(
    events: list[Event], data: st.DataObject
) -> None:
    facts = facts_by_code(events)
    both = {
        code: [*said, *map(newer_version, said)] if data.draw(st.booleans()) else said
        for code, said in facts.items()
    }

    assert entries_of_facts(both) == product_entries(events), story(events)


@given(logs(), logs())
def test_what_is_said_of_others_changes_no_entry(one: list[Event], other: list[Event]) -> None:
    strangers = [stranger(event) for event in other if event["subject"].startswith(("p-", "v-"))]

    together = product_entries(one + strangers)

    assert together == product_entries(one) + product_entries(strangers), story(one)


def newer_version(fact: Fact[Said]) -> Fact[Said]:
    """The same state of the same fact, said in the next version of its type."""
    return fact._replace(version=2, event_id=f"{fact.event_id}-2")


def merged(one: str, other: str, factid: str) -> Event:
    """A link of two codes."""
    told = {"with": other, "factid": factid, "id": f"link-{factid}"}
    return say("registration.person.merged", "2023-01-01", one, **told)


def rank(event: Event) -> tuple[int, bool, str]:
    """The rule of events.md section 1; all events here are of version 1."""
    return event.get("revision", 1), is_retraction(event), event["id"]


def stranger(event: Event) -> Event:
    """The same event about somebody else, under another id."""
    data = dict(event["data"])
    if "with" in data:
        data["with"] = other_code(data["with"])
    factid = identity(event)[3]
    return event | {
        "id": f"stranger-{event['id']}",
        "factid": factid,
        "subject": other_code(event["subject"]),
        "data": data,
    }


def other_code(code: str) -> str:
    """A code that no random log has."""
    return code[:3] + "z" + code[4:]
