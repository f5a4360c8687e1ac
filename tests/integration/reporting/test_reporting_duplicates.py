"""The list of possible duplicates, and what the steward decides, from the real database."""

from typing import Any

import pytest

from services.reporting.publishing.quality import show_pairs
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, CECA, DARKO, NIS, PROKUPLJE, retract, say

MADE = "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
NES, SCHOOL = "/partners/nes", "/partners/school"


def twice(subject: str = ANA, municipality: str = PROKUPLJE) -> list[Event]:
    """One job told by two sources."""
    place = {"municipality": municipality}
    return [
        say(MADE, "2023-03-02", subject, source=NES, factid=f"n{subject[3]}", **place),
        say(MADE, "2023-03-09", subject, source=SCHOOL, factid=f"s{subject[3]}", **place),
    ]


async def listed(desk: Desk, **asked: str) -> list[dict[str, Any]]:
    answer = await desk.ask("/duplicates", asked, TOKEN)
    assert answer.status_code == 200, answer.text
    pairs: list[dict[str, Any]] = answer.json()["pairs"]
    return pairs


def names(pair: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The names of a listed pair."""
    fields = ("source", "factid", "subject")
    return {each: {name: pair[each][name] for name in fields} for each in ("one", "other")}


async def decide(desk: Desk, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await desk.client.post(f"/duplicates/different{path}", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_job_told_by_two_sources_is_listed_and_the_person_counts_once(desk: Desk) -> None:
    await desk.fold(*twice(), *twice(BOBAN, NIS))
    (pair,) = await listed(desk, place=PROKUPLJE)

    assert (pair["one"]["source"], pair["other"]["source"]) == (NES, SCHOOL)
    assert (pair["days_apart"], pair["municipality"], pair["state"]) == (7, PROKUPLJE, "open")
    assert pair["one"]["link"].startswith("/facts?source=%2Fpartners%2Fnes&id=")
    assert len(await listed(desk)) == 2
    assert await desk.total("MI-13.placed", PROKUPLJE, "2023") == (1, "value")


async def test_codes_that_a_merge_links_make_a_pair_until_it_is_undone(desk: Desk) -> None:
    merged = say(MERGED, "2023-04-01", BOBAN, **{"with": ANA})
    await desk.fold(twice(ANA)[0], twice(BOBAN)[1])
    apart = await listed(desk)
    await desk.fold(merged)
    together = await listed(desk)
    await desk.fold(retract(merged))

    assert (len(apart), len(together), len(await listed(desk))) == (0, 1, 0)


async def test_a_retraction_takes_the_pair_off_the_list(desk: Desk) -> None:
    first, second = twice()
    await desk.fold(first, second)
    await desk.fold(retract(second))

    assert await listed(desk) == []
    assert await listed(desk, state="closed") == []


async def test_a_note_closes_a_pair_outlives_a_projection_and_can_be_taken_back(
    desk: Desk,
) -> None:
    await desk.fold(*twice())
    (pair,) = await listed(desk)
    status, noted = await decide(desk, "", names(pair) | {"reason": "two_employers"})
    open_now = await listed(desk)
    await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict")
    await desk.fold(*twice())
    (closed,) = await listed(desk, state="closed")
    back, opened = await decide(desk, "/taken-back", names(pair))

    assert (status, noted["state"], noted["note"]["reason"]) == (200, "closed", "two_employers")
    assert open_now == []
    assert closed["id"] == pair["id"]
    assert (back, opened["state"], opened["note"]) == (200, "open", None)
    assert [each["id"] for each in await listed(desk)] == [pair["id"]]
    assert await desk.total("MI-13.due", PROKUPLJE, "2023") == (1, "value")


async def test_what_is_no_pair_cannot_be_decided_about(desk: Desk) -> None:
    await desk.fold(*twice())
    (pair,) = await listed(desk)
    other = names(pair) | {"other": names(pair)["other"] | {"factid": "another"}}
    unknown = await decide(desk, "", other | {"reason": "other"})
    wrong = await decide(desk, "", names(pair) | {"reason": "because"})
    not_noted = await decide(desk, "/taken-back", names(pair))

    assert (unknown[0], unknown[1]["code"]) == (404, "E1502")
    assert wrong[0] == 422
    assert (not_noted[0], not_noted[1]["code"]) == (409, "E1302")


async def test_of_an_erased_person_no_pair_is_listed_or_counted(desk: Desk) -> None:
    await desk.fold(*twice(), say(ERASED, "2023-05-01", ANA))
    await show_pairs(desk.context)

    assert await listed(desk) == []
    assert (await quality(desk))["state"] == "zero"


async def test_the_list_is_the_stewards_and_each_use_is_audited(desk: Desk) -> None:
    await desk.fold(*twice())
    (pair,) = await listed(desk)
    await decide(desk, "", names(pair) | {"reason": "other"})
    nobody = await desk.ask("/duplicates")
    without = await desk.client.post("/duplicates/different", json=names(pair))
    audit = await desk.context.pool.fetch("SELECT method, outcome FROM audit ORDER BY id")

    assert (nobody.status_code, without.status_code) == (401, 401)
    assert [tuple(row) for row in audit] == [
        ("GET", "granted"),
        ("POST", "granted"),
        ("GET", "missing"),
        ("POST", "missing"),
    ]


async def test_the_list_comes_in_pages(desk: Desk) -> None:
    for subject in (ANA, BOBAN, CECA):
        await desk.fold(*twice(subject))
    answer = (await desk.ask("/duplicates", {"limit": "2"}, TOKEN)).json()
    rest = (await desk.ask("/duplicates", {"after": str(answer["next"])}, TOKEN)).json()

    assert (answer["in_all"], len(answer["pairs"]), len(rest["pairs"])) == (3, 2, 1)
    assert rest["next"] is None


async def quality(desk: Desk, place: str = PROKUPLJE) -> dict[str, Any]:
    answer = await desk.ask("/quality", {"place": place})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["possible_duplicates"]
    return told


@pytest.mark.parametrize(("people", "shown"), [(0, (0, "zero")), (2, (None, "small"))])
async def test_everybody_sees_how_many_pairs_are_open_but_not_few(
    desk: Desk, people: int, shown: tuple[int | None, str]
) -> None:
    for subject in (ANA, BOBAN)[:people]:
        await desk.fold(*twice(subject))
    pending = await quality(desk)
    gauges = await show_pairs(desk.context)
    told = await quality(desk)

    assert (pending["state"], pending["as_of"]) == ("pending", None)
    assert (told["value"], told["state"]) == shown
    assert told["as_of"] == "2025-06-01T12:00:00Z"
    assert gauges.get(PROKUPLJE) == shown[0]


async def test_from_three_pairs_on_the_count_is_told_and_closed_ones_are_not_in_it(
    desk: Desk,
) -> None:
    for subject in (ANA, BOBAN, CECA, DARKO):
        await desk.fold(*twice(subject))
    (pair, *_) = await listed(desk)
    await decide(desk, "", names(pair) | {"reason": "new_contract"})
    gauges = await show_pairs(desk.context)

    assert (await quality(desk))["value"] == 3
    assert (gauges[PROKUPLJE], gauges[NIS]) == (3, 0)
    assert (await desk.ask("/quality", {"place": "RS"})).status_code == 422
