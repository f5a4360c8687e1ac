"""Nothing of an erased code is shown by any door, for ever, and no number changes by it."""

import random
from typing import Any

import pytest

from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, CECA, PROKUPLJE, correct, retract, say

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
TABLES = ("subject", "entry", "dirty", "conflict", "quarantine")


async def found(desk: Desk, event: Event) -> dict[str, Any]:
    answer = await desk.ask("/facts", {"source": event["source"], "id": event["id"]}, TOKEN)
    told: dict[str, Any] = answer.json()
    return told


def nothing_of(event: Event) -> dict[str, object]:
    nothing: dict[str, object] = {"fact": None, "entries": [], "quarantine": []}
    return {"source": event["source"], "id": event["id"], "state": "erased"} | nothing


def measures_of(told: dict[str, Any]) -> set[str]:
    return {entry["measure"] for entry in told["entries"]}


async def test_nothing_is_shown_of_an_erased_person_although_it_still_counts(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", ANA)
    unknown = say(ENROLLED, "2023-01-10", id="e-9") | {"type": "registration.person.sung.v1"}
    erased = say(ERASED, "2023-05-01", ANA)
    await desk.fold(made, unknown, erased)

    for event in (made, unknown, erased):
        assert await found(desk, event) == nothing_of(event)
    assert await desk.total("MI-13.placed", PROKUPLJE, "2023") == (1, "value")


async def test_what_is_told_of_the_code_later_counts_and_is_not_shown(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", ANA)
    await desk.fold(say(ERASED, "2023-05-01", ANA))
    await desk.fold(made, correct(made, on="2023-04-02"))

    assert (await found(desk, made))["state"] == "erased"
    assert await desk.total("MI-13.placed", PROKUPLJE, "2023-04") == (1, "value")


@pytest.mark.parametrize("is_first", [True, False])
async def test_an_erasure_that_is_retracted_brings_nothing_back(
    desk: Desk, *, is_first: bool
) -> None:
    made, erased = say(MADE, "2023-03-02", ANA), say(ERASED, "2023-05-01", ANA)
    told = [made, erased, retract(erased)]
    await desk.fold_one_by_one(reversed(told) if is_first else told)

    for event in told:
        assert await found(desk, event) == nothing_of(event)


async def test_facts_of_a_living_code_are_shown_although_it_is_merged_with_an_erased_one(
    desk: Desk,
) -> None:
    enrolled, made = say(ENROLLED, "2023-01-10", BOBAN), say(MADE, "2023-03-02", ANA)
    merged = say(MERGED, "2023-04-01", ANA, **{"with": BOBAN})
    await desk.fold(enrolled, made, merged, say(ERASED, "2023-05-01", BOBAN))

    assert (await found(desk, made))["state"] == "counts"
    assert await found(desk, enrolled) == nothing_of(enrolled)


async def test_nobody_learns_who_an_erased_code_was_by_its_merges(desk: Desk) -> None:
    merges = [
        say(MERGED, "2023-04-01", ANA, **{"with": BOBAN}),
        say(MERGED, "2023-04-01", BOBAN, factid="f-2", id="m-2", **{"with": CECA}),
    ]
    await desk.fold(*merges, say(ERASED, "2023-05-01", BOBAN), retract(merges[0]))

    for merged in merges:
        assert await found(desk, merged) == nothing_of(merged)


async def test_entries_that_rest_on_facts_of_an_erased_code_are_not_listed(desk: Desk) -> None:
    enrolled, made = say(ENROLLED, "2023-01-10", BOBAN), say(MADE, "2023-03-02", ANA)
    await desk.fold(enrolled, made, say(MERGED, "2023-04-01", ANA, **{"with": BOBAN}))
    before = measures_of(await found(desk, made))
    await desk.fold(say(ERASED, "2023-05-01", BOBAN))

    assert "MI-13.placed" in before
    assert measures_of(await found(desk, made)) == set()


async def test_entries_that_rest_on_living_codes_alone_are_listed_as_ever(desk: Desk) -> None:
    enrolled, made = say(ENROLLED, "2023-01-10", ANA), say(MADE, "2023-03-02", ANA)
    await desk.fold(enrolled, made, say(MERGED, "2023-04-01", ANA, **{"with": BOBAN}))
    before = await found(desk, made)
    await desk.fold(say(ERASED, "2023-05-01", BOBAN))

    assert await found(desk, made) == before
    assert "MI-13.placed" in measures_of(before)


async def test_an_erasure_changes_no_byte_of_any_table_but_its_own(desk: Desk) -> None:
    told = [
        say(ENROLLED, "2023-01-10", BOBAN),
        say(MADE, "2023-03-02", ANA),
        say(MERGED, "2023-04-01", ANA, **{"with": BOBAN}),
    ]
    await desk.fold(*random.Random(7).sample(told, 3))  # noqa: S311 - a seed, no secret
    await desk.context.pool.execute("DELETE FROM dirty")

    async def stored() -> list[list[str]]:
        texts = (f"SELECT t::text AS row FROM {name} t" for name in TABLES)  # noqa: S608 - ours
        rows = [await desk.context.pool.fetch(sql) for sql in texts]
        return [sorted(row["row"] for row in each) for each in rows]

    before = await stored()
    await desk.fold(say(ERASED, "2023-05-01", ANA), say(ERASED, "2023-05-01", BOBAN, id="e-2"))

    assert await stored() == before
    codes = await desk.context.pool.fetch("SELECT code FROM erased ORDER BY code")
    assert [row["code"] for row in codes] == [ANA, BOBAN]


async def test_a_code_stays_erased_in_a_projection_that_has_not_heard_of_it(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", ANA)
    await desk.fold(made, say(ERASED, "2023-05-01", ANA))
    await desk.context.pool.execute("TRUNCATE fact, entry, subject")
    await desk.fold(made)

    assert await found(desk, made) == nothing_of(made)
