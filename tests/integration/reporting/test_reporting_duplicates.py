"""The list of possible duplicates and the steward's decisions, on a real database."""

from typing import Any

import pytest

from services.reporting.publication.task import publish_pair_counts
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import ANA, BOBAN, CECA, DARKO, NIS, PROKUPLJE, make_event, retract
from tests.reference.shapes import Event

MADE = "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
NES, SCHOOL = "/partners/nes", "/partners/school"


def twice(subject: str = ANA, municipality: str = PROKUPLJE) -> list[Event]:
    """One job reported by two sources."""
    place = {"municipality": municipality}
    return [
        make_event(MADE, "2023-03-02", subject, source=NES, factid=f"n{subject[3]}", **place),
        make_event(MADE, "2023-03-09", subject, source=SCHOOL, factid=f"s{subject[3]}", **place),
    ]


async def listed(reporting: ReportingHarness, **asked: str) -> list[dict[str, Any]]:
    answer = await reporting.get("/duplicates", asked, TOKEN)
    assert answer.status_code == 200, answer.text
    pairs: list[dict[str, Any]] = answer.json()["pairs"]
    return pairs


def keys(pair: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The record keys of a listed pair."""
    fields = ("source", "factid", "subject")
    return {each: {name: pair[each][name] for name in fields} for each in ("one", "other")}


async def decide(
    reporting: ReportingHarness, path: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await reporting.client.post(f"/duplicates/different{path}", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_job_reported_by_two_sources_is_listed_and_the_person_counts_once(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(*twice(), *twice(BOBAN, NIS))
    (pair,) = await listed(reporting, place=PROKUPLJE)

    assert (pair["one"]["source"], pair["other"]["source"]) == (NES, SCHOOL)
    assert (pair["days_apart"], pair["municipality"], pair["state"]) == (7, PROKUPLJE, "open")
    assert pair["one"]["link"].startswith("/facts?source=%2Fpartners%2Fnes&id=")
    assert len(await listed(reporting)) == 2
    assert await reporting.total("MI-13.placed", PROKUPLJE, "2023") == (1, "value")


async def test_codes_linked_by_a_merge_make_a_pair_until_it_is_retracted(
    reporting: ReportingHarness,
) -> None:
    merged = make_event(MERGED, "2023-04-01", BOBAN, **{"with": ANA})
    await reporting.process(twice(ANA)[0], twice(BOBAN)[1])
    apart = await listed(reporting)
    await reporting.process(merged)
    together = await listed(reporting)
    await reporting.process(retract(merged))

    assert (len(apart), len(together), len(await listed(reporting))) == (0, 1, 0)


async def test_a_retraction_removes_the_pair_from_the_list(reporting: ReportingHarness) -> None:
    first, second = twice()
    await reporting.process(first, second)
    await reporting.process(retract(second))

    assert await listed(reporting) == []
    assert await listed(reporting, state="closed") == []


async def test_a_note_closes_a_pair_survives_a_rebuild_and_can_be_withdrawn(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(*twice())
    (pair,) = await listed(reporting)
    status, noted = await decide(reporting, "", keys(pair) | {"reason": "two_employers"})
    open_now = await listed(reporting)
    await reporting.context.pool.execute("TRUNCATE fact, subject, entry, changed_cell, conflict")
    await reporting.process(*twice())
    (closed,) = await listed(reporting, state="closed")
    back, opened = await decide(reporting, "/withdrawn", keys(pair))

    assert (status, noted["state"], noted["note"]["reason"]) == (200, "closed", "two_employers")
    assert open_now == []
    assert closed["id"] == pair["id"]
    assert (back, opened["state"], opened["note"]) == (200, "open", None)
    assert [each["id"] for each in await listed(reporting)] == [pair["id"]]
    assert await reporting.total("MI-13.due", PROKUPLJE, "2023") == (1, "value")


async def test_only_a_pair_can_be_decided_about(reporting: ReportingHarness) -> None:
    await reporting.process(*twice())
    (pair,) = await listed(reporting)
    other = keys(pair) | {"other": keys(pair)["other"] | {"factid": "another"}}
    unknown = await decide(reporting, "", other | {"reason": "other"})
    wrong = await decide(reporting, "", keys(pair) | {"reason": "because"})
    not_noted = await decide(reporting, "/withdrawn", keys(pair))

    assert (unknown[0], unknown[1]["code"]) == (404, "E1502")
    assert wrong[0] == 422
    assert (not_noted[0], not_noted[1]["code"]) == (409, "E1302")


async def test_pairs_of_an_erased_person_are_not_listed_or_counted(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(*twice(), make_event(ERASED, "2023-05-01", ANA))
    await publish_pair_counts(reporting.context)

    assert await listed(reporting) == []
    assert (await quality(reporting))["state"] == "zero"


async def test_the_list_needs_the_stewards_token_and_each_use_is_audited(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(*twice())
    (pair,) = await listed(reporting)
    await decide(reporting, "", keys(pair) | {"reason": "other"})
    nobody = await reporting.get("/duplicates")
    without = await reporting.client.post("/duplicates/different", json=keys(pair))
    audit = await reporting.context.pool.fetch("SELECT method, outcome FROM audit ORDER BY id")

    assert (nobody.status_code, without.status_code) == (401, 401)
    assert [tuple(row) for row in audit] == [
        ("GET", "granted"),
        ("POST", "granted"),
        ("GET", "missing"),
        ("POST", "missing"),
    ]


async def test_the_list_is_paginated(reporting: ReportingHarness) -> None:
    for subject in (ANA, BOBAN, CECA):
        await reporting.process(*twice(subject))
    answer = (await reporting.get("/duplicates", {"limit": "2"}, TOKEN)).json()
    rest = (await reporting.get("/duplicates", {"after": str(answer["next"])}, TOKEN)).json()

    assert (answer["total_count"], len(answer["pairs"]), len(rest["pairs"])) == (3, 2, 1)
    assert rest["next"] is None


async def quality(reporting: ReportingHarness, place: str = PROKUPLJE) -> dict[str, Any]:
    answer = await reporting.get("/quality", {"place": place})
    assert answer.status_code == 200, answer.text
    count: dict[str, Any] = answer.json()["possible_duplicates"]
    return count


@pytest.mark.parametrize(("people", "shown"), [(0, (0, "zero")), (2, (None, "small"))])
async def test_the_number_of_open_pairs_is_public_unless_it_is_small(
    reporting: ReportingHarness, people: int, shown: tuple[int | None, str]
) -> None:
    for subject in (ANA, BOBAN)[:people]:
        await reporting.process(*twice(subject))
    pending = await quality(reporting)
    gauges = await publish_pair_counts(reporting.context)
    counted = await quality(reporting)

    assert (pending["state"], pending["as_of"]) == ("pending", None)
    assert (counted["value"], counted["state"]) == shown
    assert counted["as_of"] == "2025-06-01T12:00:00Z"
    assert gauges.get(PROKUPLJE) == shown[0]


async def test_counts_from_three_are_public_and_closed_pairs_do_not_count(
    reporting: ReportingHarness,
) -> None:
    for subject in (ANA, BOBAN, CECA, DARKO):
        await reporting.process(*twice(subject))
    (pair, *_) = await listed(reporting)
    await decide(reporting, "", keys(pair) | {"reason": "new_contract"})
    gauges = await publish_pair_counts(reporting.context)

    assert (await quality(reporting))["value"] == 3
    assert (gauges[PROKUPLJE], gauges[NIS]) == (3, 0)
    assert (await reporting.get("/quality", {"place": "RS"})).status_code == 422
