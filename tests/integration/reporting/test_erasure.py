"""Facts of an erased code are never shown by the API, and no number changes by an erasure."""

import random
from typing import Any

import pytest

from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import ANA, BOBAN, CECA, PROKUPLJE, correct, make_event, retract
from tests.reference.shapes import Event

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
TABLES = ("subject", "entry", "changed_cell", "conflict", "quarantine")


async def fact_response(reporting: ReportingHarness, event: Event) -> dict[str, Any]:
    response = await reporting.get("/facts", {"source": event["source"], "id": event["id"]}, TOKEN)
    content: dict[str, Any] = response.json()
    return content


def erased_response(event: Event) -> dict[str, object]:
    nothing: dict[str, object] = {"fact": None, "entries": [], "quarantine": []}
    return {"source": event["source"], "id": event["id"], "state": "erased"} | nothing


def measures_of(response: dict[str, Any]) -> set[str]:
    return {entry["measure"] for entry in response["entries"]}


async def test_facts_of_an_erased_person_are_not_shown_but_still_count(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", ANA)
    unknown = make_event(ENROLLED, "2023-01-10", id="e-9") | {"type": "registration.person.sung.v1"}
    erased = make_event(ERASED, "2023-05-01", ANA)
    await reporting.process(made, unknown, erased)

    for event in (made, unknown, erased):
        assert await fact_response(reporting, event) == erased_response(event)
    assert await reporting.total("MI-13.placed", PROKUPLJE, "2023") == (1, "value")


async def test_later_facts_of_an_erased_code_count_and_are_not_shown(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", ANA)
    await reporting.process(make_event(ERASED, "2023-05-01", ANA))
    await reporting.process(made, correct(made, on="2023-04-02"))

    assert (await fact_response(reporting, made))["state"] == "erased"
    assert await reporting.total("MI-13.placed", PROKUPLJE, "2023-04") == (1, "value")


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_retracted_erasure_still_hides_all_facts(
    reporting: ReportingHarness, *, is_first: bool
) -> None:
    made, erased = make_event(MADE, "2023-03-02", ANA), make_event(ERASED, "2023-05-01", ANA)
    events = [made, erased, retract(erased)]
    await reporting.process_one_by_one(reversed(events) if is_first else events)

    for event in events:
        assert await fact_response(reporting, event) == erased_response(event)


async def test_facts_of_a_code_merged_with_an_erased_one_are_shown(
    reporting: ReportingHarness,
) -> None:
    enrolled, made = make_event(ENROLLED, "2023-01-10", BOBAN), make_event(MADE, "2023-03-02", ANA)
    merged = make_event(MERGED, "2023-04-01", ANA, **{"with": BOBAN})
    await reporting.process(enrolled, made, merged, make_event(ERASED, "2023-05-01", BOBAN))

    assert (await fact_response(reporting, made))["state"] == "counts"
    assert await fact_response(reporting, enrolled) == erased_response(enrolled)


async def test_merges_do_not_reveal_who_an_erased_code_was(reporting: ReportingHarness) -> None:
    merges = [
        make_event(MERGED, "2023-04-01", ANA, **{"with": BOBAN}),
        make_event(MERGED, "2023-04-01", BOBAN, factid="f-2", id="m-2", **{"with": CECA}),
    ]
    await reporting.process(*merges, make_event(ERASED, "2023-05-01", BOBAN), retract(merges[0]))

    for merged in merges:
        assert await fact_response(reporting, merged) == erased_response(merged)


async def test_entries_that_derive_from_facts_of_an_erased_code_are_not_listed(
    reporting: ReportingHarness,
) -> None:
    enrolled, made = make_event(ENROLLED, "2023-01-10", BOBAN), make_event(MADE, "2023-03-02", ANA)
    await reporting.process(
        enrolled, made, make_event(MERGED, "2023-04-01", ANA, **{"with": BOBAN})
    )
    before = measures_of(await fact_response(reporting, made))
    await reporting.process(make_event(ERASED, "2023-05-01", BOBAN))

    assert "MI-13.placed" in before
    assert measures_of(await fact_response(reporting, made)) == set()


async def test_entries_that_derive_from_other_codes_only_are_still_listed(
    reporting: ReportingHarness,
) -> None:
    enrolled, made = make_event(ENROLLED, "2023-01-10", ANA), make_event(MADE, "2023-03-02", ANA)
    await reporting.process(
        enrolled, made, make_event(MERGED, "2023-04-01", ANA, **{"with": BOBAN})
    )
    before = await fact_response(reporting, made)
    await reporting.process(make_event(ERASED, "2023-05-01", BOBAN))

    assert await fact_response(reporting, made) == before
    assert "MI-13.placed" in measures_of(before)


async def test_an_erasure_changes_no_byte_of_any_other_table(reporting: ReportingHarness) -> None:
    events = [
        make_event(ENROLLED, "2023-01-10", BOBAN),
        make_event(MADE, "2023-03-02", ANA),
        make_event(MERGED, "2023-04-01", ANA, **{"with": BOBAN}),
    ]
    await reporting.process(*random.Random(7).sample(events, 3))  # noqa: S311 - a seed, no secret
    await reporting.context.pool.execute("DELETE FROM changed_cell")

    async def stored() -> list[list[str]]:
        texts = (f"SELECT t::text AS row FROM {name} t" for name in TABLES)  # noqa: S608 - ours
        rows = [await reporting.context.pool.fetch(sql) for sql in texts]
        return [sorted(row["row"] for row in each) for each in rows]

    before = await stored()
    await reporting.process(
        make_event(ERASED, "2023-05-01", ANA), make_event(ERASED, "2023-05-01", BOBAN, id="e-2")
    )

    assert await stored() == before
    codes = await reporting.context.pool.fetch("SELECT code FROM erased_subject ORDER BY code")
    assert [row["code"] for row in codes] == [ANA, BOBAN]


async def test_a_code_stays_erased_in_a_projection_without_the_erasure(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", ANA)
    await reporting.process(made, make_event(ERASED, "2023-05-01", ANA))
    await reporting.context.pool.execute("TRUNCATE fact, entry, subject")
    await reporting.process(made)

    assert await fact_response(reporting, made) == erased_response(made)
