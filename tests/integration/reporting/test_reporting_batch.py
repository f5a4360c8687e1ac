"""One batch: new facts, duplicates, conflicts, poison, unknown types; and two workers at once."""

import asyncio
from datetime import UTC, datetime

import pytest

from runtime.batch import Tally
from runtime.errors import Missing
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, CECA, IVANJICA, NIS, correct, retract, say

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED = "registration.person.merged"
ROUNDS = 40


def story() -> list[Event]:
    """Ana returns, is placed, and the placement is corrected."""
    placed = say(MADE, "2023-03-02")
    corrected = correct(placed, on="2023-04-03", municipality=NIS, kind="open_ended")
    return [say(ENROLLED, "2023-01-10"), placed, corrected]


async def test_what_was_said_before_is_a_duplicate_and_counts_once(desk: Desk) -> None:
    events = story()
    first = await desk.fold(*events, events[1])
    second = await desk.fold(*events)

    assert (first, second) == (Tally(folded=3, duplicate=1), Tally(duplicate=3))
    assert await desk.entries() == counted_by_reference(events)


async def test_a_fact_is_known_from_the_earliest_instant_any_duplicate_was(desk: Desk) -> None:
    late = say(ENROLLED, "2023-01-10", recordedtime="2023-05-01T10:00:00Z")
    await desk.fold(late, late | {"recordedtime": "2023-04-01T10:00:00Z"})
    await desk.fold(late | {"recordedtime": "2023-02-01T10:00:00Z"})
    await desk.fold(late | {"recordedtime": "2023-03-01T10:00:00Z"})

    known = await desk.context.pool.fetchval("SELECT recorded_at FROM fact")
    assert known == datetime(2023, 2, 1, 10, tzinfo=UTC)


async def test_an_event_that_no_door_has_stamped_is_known_since_kafka_got_it(desk: Desk) -> None:
    event = say(ENROLLED, "2023-01-10")
    del event["recordedtime"]
    await desk.fold(event)

    known = await desk.context.pool.fetchval("SELECT recorded_at FROM fact")
    assert known == datetime(1970, 1, 1, 12, tzinfo=UTC)


async def test_of_a_conflict_the_first_in_the_log_counts_and_the_other_is_put_aside(
    desk: Desk,
) -> None:
    first = say(MADE, "2023-03-02", id="e-1")
    other = say(MADE, "2023-03-02", id="e-1", municipality=IVANJICA)
    tallies = [await desk.fold(first, other), await desk.fold(other)]

    assert tallies == [Tally(folded=1, quarantined=1), Tally(quarantined=1)]
    assert await desk.entries() == counted_by_reference([first])
    aside = await desk.context.pool.fetch("SELECT code, source, event_id FROM quarantine")
    assert {tuple(row) for row in aside} == {("E1301", "/services/matching", "e-1")}


async def test_the_decision_about_a_conflict_outlives_the_facts(desk: Desk) -> None:
    first = say(MADE, "2023-03-02", id="e-1")
    other = say(MADE, "2023-03-02", id="e-1", municipality=IVANJICA)
    await desk.fold(first, other)
    await desk.context.pool.execute("TRUNCATE fact, entry, subject")
    rebuilt = [await desk.fold(other), await desk.fold(other, first, other)]

    assert rebuilt == [Tally(quarantined=1), Tally(folded=1, quarantined=2)]
    assert await desk.entries() == counted_by_reference([first])


async def test_poison_is_put_aside_under_seal_and_its_neighbours_count(desk: Desk) -> None:
    events = story()
    tally = await desk.fold(events[0], b"poison", *events[1:], b'{"specversion": "1.0"}', None)

    assert tally == Tally(folded=3, quarantined=2, ignored=1)
    assert await desk.entries() == counted_by_reference(events)
    assert await desk.number("SELECT count(*) FROM quarantine WHERE sealed IS NOT NULL") == 2


async def test_an_event_of_an_unknown_type_is_kept_without_entries(desk: Desk) -> None:
    unknown = say(ENROLLED, "2023-01-10") | {"type": "registration.person.sung.v7"}
    tally = await desk.fold(unknown, say(MADE, "2023-03-02"))

    assert tally == Tally(folded=2)
    assert (
        await desk.number("SELECT version FROM fact WHERE type = 'registration.person.sung'") == 7
    )
    assert await desk.entries() == counted_by_reference([say(MADE, "2023-03-02")])


async def test_only_the_difference_is_written(desk: Desk) -> None:
    await desk.fold(*story())
    await desk.context.pool.execute("CREATE TABLE before AS SELECT ctid AS at FROM entry")
    await desk.fold(say("registration.service.delivered", "2023-05-01"))

    gone = "SELECT count(*) FROM before WHERE at NOT IN (SELECT ctid FROM entry)"
    assert await desk.number(gone) == 0
    assert await desk.number("SELECT count(*) FROM entry") > await desk.number(
        "SELECT count(*) FROM before"
    )


async def test_a_merge_and_its_retraction_move_entries_to_and_fro(desk: Desk) -> None:
    merge = say(MERGED, "2023-05-01", CECA, **{"with": ANA})
    made = [say(MADE, "2023-03-02", ANA), say(MADE, "2023-03-05", CECA, factid="f-2")]
    heard: list[Event] = []
    for event in (*made, merge, retract(merge)):
        await desk.fold(event)
        heard.append(event)

        assert await desk.entries() == counted_by_reference(heard)


async def test_a_merge_and_a_placement_folded_by_two_workers_at_once_lose_nothing(
    open_desk: OpenDesk,
) -> None:
    one, other = await open_desk(), await open_desk()
    events: list[Event] = []
    for number in range(ROUNDS):
        a, b = (f"p-{number:02}{letter * 24}" for letter in "ab")
        known = [say(ENROLLED, "2023-01-10", code, id=f"{code}-known") for code in (a, b)]
        merged = say(MERGED, "2023-05-01", b, id=f"m-{number}", **{"with": a})
        made = say(MADE, "2023-03-02", (a, b)[number % 2], id=f"b-{number}")
        # The codes are known: or else the second worker would wait for the first to make them.
        await one.fold(*known)
        await asyncio.gather(one.fold(merged), other.fold(made, partition=1))
        events += [*known, merged, made]

    assert await one.entries() == counted_by_reference(events)
    assert one.repeated["Again"] + other.repeated["Again"] > 0, "the workers never met"


async def test_two_workers_told_the_same_events_count_them_once(open_desk: OpenDesk) -> None:
    one, other = await open_desk(), await open_desk()
    events = [
        say(MADE, "2023-03-02", f"p-{number:02}{'d' * 24}", id=f"e-{number}")
        for number in range(ROUNDS)
    ]
    told = await asyncio.gather(one.fold(*events), other.fold(*reversed(events), partition=1))

    assert sorted(tally.folded for tally in told) == [0, ROUNDS]
    assert await one.entries() == counted_by_reference(events)


async def test_a_program_with_other_definitions_refuses_to_fold(desk: Desk) -> None:
    await desk.context.pool.execute("UPDATE projection SET catalogue_digest = 'another'")

    with pytest.raises(Missing, match="other definitions"):
        await desk.fold(say(MADE, "2023-03-02", BOBAN))
