"""After closing, over real tables: late facts, what shows beside the frozen numbers, and why."""

from datetime import timedelta

import asyncpg
import pytest

from services.reporting.closing.revising import revise
from services.reporting.folding.digest import catalogue_digest
from tests.integration.reporting.closing import APPROVER, BACK, MAY, Office, refused
from tests.integration.reporting.conftest import NOW
from tests.integration.reporting.desk import TOKEN
from tests.reference.tell import ANA, BOBAN, CECA, DARKO, NIS, PROKUPLJE, correct, retract, say

MADE = "matching.placement.made"
LATER = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
REGISTERED = {"place": PROKUPLJE, "period": MAY}
CLOSED, REVISED = "reporting.period.closed.v1", "reporting.indicator.revised.v1"


async def test_a_late_fact_is_counted_and_what_was_frozen_stands_beside_it(office: Office) -> None:
    await office.close()
    before = (await office.desk.ask("/indicators/MI-05/values", REGISTERED)).json()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=LATER))
    after = (await office.desk.ask("/indicators/MI-05/values", REGISTERED)).json()
    other = (await office.desk.ask("/indicators/MI-12/values", REGISTERED)).json()

    row = {"measure": "registered", "bucket": "total", "value": 2, "state": "value"}
    assert before["values"] == [row]
    assert after["values"] == [row | {"value": 3, "frozen": 2}]
    assert {name: after["release"][name] for name in ("version", "state")} == {
        "version": 1,
        "state": "closed",
    }
    assert "frozen" not in other["values"][0]


async def test_a_period_that_was_never_closed_is_answered_as_before(office: Office) -> None:
    await office.close()
    june = await office.desk.ask("/indicators/MI-05/values", REGISTERED | {"period": "2023-06"})

    assert set(june.json()) == {
        *("indicator", "place", "period", "split", "layer", "folded_to", "values")
    }


async def test_a_revision_is_said_once_and_not_for_what_stayed_the_same(office: Office) -> None:
    await office.close()
    await office.look()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=LATER))
    await office.look()
    await office.desk.fold(say(MADE, "2023-08-04", CECA, recordedtime=LATER))
    await office.desk.fold(say(BACK, "2023-05-05", CECA, factid="f-2", recordedtime=LATER))
    await office.look()

    told = {"on": "2025-06-01", "indicator": "MI-05", "period": MAY, "version": 1}
    assert (await office.said())[1:] == [(REVISED, told)]


async def test_a_change_of_a_part_before_the_approval_is_found_after_it(office: Office) -> None:
    """Only totals of class A are compared at approval: the rest must not be missed."""
    made = say(MADE, "2023-05-10", ANA, kind="seasonal")
    await office.desk.fold(made)
    release = (await office.prepare()).json()["id"]
    await office.desk.fold(correct(made, kind="open_ended") | {"recordedtime": LATER})
    await office.look()
    await office.approve(release)
    await office.look()

    revised = [data["indicator"] for kind, data in await office.said() if kind == REVISED]
    assert revised == ["MI-13"]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("late", [say(BACK, "2023-05-04", CECA)]),
        ("correction", [correct(say(BACK, "2023-05-02", ANA), municipality=NIS)]),
        ("retraction", [retract(say(BACK, "2023-05-02", ANA))]),
        ("merge", [say("registration.person.merged", "2023-05-09", ANA, **{"with": BOBAN})]),
    ],
)
async def test_a_revision_says_why(office: Office, reason: str, told: list[dict[str, str]]) -> None:
    await office.close()
    await office.desk.fold(*(event | {"recordedtime": LATER} for event in told))
    await office.look()
    seen = [await office.beside(), await office.beside(token=TOKEN)]

    for answer in seen:
        found = {row["measure"]: row for row in answer["values"] if row["split"] == "total"}
        assert found["registered"]["reasons"] == [reason]
        assert found["registered"]["difference"] == (1 if reason == "late" else -1)


async def test_without_a_key_a_version_shows_totals_of_class_a_only(office: Office) -> None:
    await office.close()
    told = await office.beside()
    shown = {(row["measure"], row["split"]) for row in told["values"] if row["state"] != "denied"}

    assert ("registered", "total") in shown
    assert {split for _, split in shown} == {"total"}
    assert "durable" not in {measure for measure, _ in shown}
    denied = [row for row in told["values"] if row["state"] == "denied"]
    assert {row["value"] for row in denied} == {row["frozen"] for row in denied} == {None}
    assert told["summary"] is None
    assert [step["by"] for step in told["release"]["steps"]] == [None]


async def test_either_key_shows_all_that_is_to_be_approved(office: Office) -> None:
    release = (await office.prepare()).json()["id"]
    by_key = [
        await office.desk.ask(f"/releases/{release}", {}, token)
        for token in (TOKEN, APPROVER, None, "wrong")
    ]

    assert [answer.status_code for answer in by_key] == [200, 200, 404, 401]
    splits = {row["split"] for row in by_key[1].json()["values"]}
    assert {"sex", "age", "country"} <= splits
    assert (await office.desk.ask("/releases", {})).json() == {"releases": []}


async def test_a_reopened_period_is_closed_again_as_the_next_version(office: Office) -> None:
    first = await office.close()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=LATER))
    assert refused(await office.prepare()) == (409, "E1302")
    opened = (await office.reopen(reason="late_facts")).json()
    values = (await office.desk.ask("/indicators/MI-05/values", REGISTERED)).json()
    second = await office.close()
    old, new = await office.beside(version="1"), await office.beside()

    assert (opened["id"], opened["state"]) == (first, "reopened")
    assert values["release"]["state"] == "reopened"
    assert "frozen" not in values["values"][0]
    assert (new["release"]["id"], new["release"]["version"]) == (second, 2)
    registered = [
        next(row["frozen"] for row in told["values"] if row["measure"] == "registered")
        for told in (old, new)
    ]
    assert registered == [2, 3]
    assert not new["is_revised"]
    kinds = [kind.split(".")[2] for kind, _ in await office.said()]
    assert kinds == ["closed", "reopened", "closed"]


async def test_a_revision_that_could_not_be_said_is_said_at_the_next_look(office: Office) -> None:
    await office.close()
    await office.look()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=LATER))
    context = office.desk.context
    await context.pool.execute("ALTER TABLE outbox ADD CONSTRAINT mute CHECK (false) NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        await office.look()
    await context.pool.execute("ALTER TABLE outbox DROP CONSTRAINT mute")
    while await revise(context, catalogue_digest()):
        pass

    assert [kind for kind, _ in await office.said()] == [CLOSED, REVISED]


NOTED = "SELECT count(*) FROM touched JOIN measure m ON m.id = measure WHERE m.name = $1"


async def test_a_change_that_waits_already_is_not_noted_again(office: Office) -> None:
    await office.close()
    await office.look()
    for code in (CECA, DARKO):
        await office.desk.fold(say(BACK, "2023-05-04", code, recordedtime=LATER))
        await office.publish()

    assert await office.desk.number(NOTED, "MI-05.registered") == 1


async def test_a_change_that_comes_during_a_look_is_noted_again_and_nobody_waits(
    office: Office,
) -> None:
    await office.close()
    await office.look()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=LATER))
    await office.publish()
    async with office.desk.context.pool.acquire() as looking, looking.transaction():
        await looking.execute("DELETE FROM touched")
        await office.desk.fold(say(BACK, "2023-05-05", DARKO, recordedtime=LATER))
        await office.publish()

    assert await office.desk.number(NOTED, "MI-05.registered") == 1
