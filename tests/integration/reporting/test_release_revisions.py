"""After closing, in a real database: late facts, the frozen numbers next to today's, and why."""

from datetime import timedelta

import asyncpg
import pytest

from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.releases.revision_task import recheck_release
from tests.integration.reporting.closing_users import APPROVER, BACK, MAY, ClosingUsers, refused
from tests.integration.reporting.conftest import NOW
from tests.integration.reporting.harness import TOKEN
from tests.reference.builders import (
    ANA,
    BOBAN,
    CECA,
    DARKO,
    NIS,
    PROKUPLJE,
    correct,
    make_event,
    retract,
)

MADE = "matching.placement.made"
LATER = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
REGISTERED = {"place": PROKUPLJE, "period": MAY}
CLOSED, REVISED = "reporting.period.closed.v1", "reporting.indicator.revised.v1"


async def test_a_late_fact_is_counted_and_the_frozen_number_is_shown_too(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    before = (await closing_users.reporting.get("/indicators/MI-05/values", REGISTERED)).json()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=LATER))
    after = (await closing_users.reporting.get("/indicators/MI-05/values", REGISTERED)).json()
    other = (await closing_users.reporting.get("/indicators/MI-12/values", REGISTERED)).json()

    row = {"measure": "registered", "bucket": "total", "value": 2}
    row |= {"unit": "persons", "state": "value"}
    assert before["values"][0] == row
    assert after["values"][0] == row | {"value": 3, "frozen": 2}
    assert {name: after["release"][name] for name in ("version", "state")} == {
        "version": 1,
        "state": "closed",
    }
    assert "frozen" not in other["values"][0]


async def test_values_of_a_period_that_was_never_closed_have_no_release(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    june = await closing_users.reporting.get(
        "/indicators/MI-05/values", REGISTERED | {"period": "2023-06"}
    )

    assert set(june.json()) == {
        *("indicator", "place", "period", "split", "layer", "projected_through", "values")
    }


async def test_a_revision_is_published_once_and_only_for_changed_indicators(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    await closing_users.recheck()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=LATER))
    await closing_users.recheck()
    await closing_users.reporting.process(make_event(MADE, "2023-08-04", CECA, recordedtime=LATER))
    await closing_users.reporting.process(
        make_event(BACK, "2023-05-05", CECA, factid="f-2", recordedtime=LATER)
    )
    await closing_users.recheck()

    event = {"on": "2025-06-01", "indicator": "MI-05", "period": MAY, "version": 1}
    assert (await closing_users.published_events())[1:] == [(REVISED, event)]


async def test_a_change_of_a_split_before_the_approval_is_found_after_it(
    closing_users: ClosingUsers,
) -> None:
    """Only totals of class A are compared at approval: the rest must not be missed."""
    made = make_event(MADE, "2023-05-10", ANA, kind="seasonal")
    await closing_users.reporting.process(made)
    release = (await closing_users.prepare()).json()["id"]
    await closing_users.reporting.process(
        correct(made, kind="open_ended") | {"recordedtime": LATER}
    )
    await closing_users.recheck()
    await closing_users.approve(release)
    await closing_users.recheck()

    revised = [
        data["indicator"]
        for kind, data in await closing_users.published_events()
        if kind == REVISED
    ]
    assert revised == ["MI-13"]


@pytest.mark.parametrize(
    ("reason", "events"),
    [
        ("late", [make_event(BACK, "2023-05-04", CECA)]),
        ("correction", [correct(make_event(BACK, "2023-05-02", ANA), municipality=NIS)]),
        ("retraction", [retract(make_event(BACK, "2023-05-02", ANA))]),
        ("merge", [make_event("registration.person.merged", "2023-05-09", ANA, **{"with": BOBAN})]),
    ],
)
async def test_a_revision_has_its_reason(
    closing_users: ClosingUsers, reason: str, events: list[dict[str, str]]
) -> None:
    await closing_users.close()
    await closing_users.reporting.process(*(event | {"recordedtime": LATER} for event in events))
    await closing_users.recheck()
    seen = [await closing_users.comparison(), await closing_users.comparison(token=TOKEN)]

    for response in seen:
        found = {row["measure"]: row for row in response["values"] if row["split"] == "total"}
        assert found["registered"]["reasons"] == [reason]
        assert found["registered"]["difference"] == (1 if reason == "late" else -1)


async def test_without_a_key_a_version_shows_totals_of_class_a_only(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    release = await closing_users.comparison()
    shown = {
        (row["measure"], row["split"]) for row in release["values"] if row["state"] != "denied"
    }

    assert ("registered", "total") in shown
    assert {split for _, split in shown} == {"total"}
    assert "durable" not in {measure for measure, _ in shown}
    denied = [row for row in release["values"] if row["state"] == "denied"]
    assert {row["value"] for row in denied} == {row["frozen"] for row in denied} == {None}
    assert release["summary"] is None
    assert [step["by"] for step in release["release"]["steps"]] == [None]


async def test_either_key_shows_all_that_is_to_be_approved(closing_users: ClosingUsers) -> None:
    release = (await closing_users.prepare()).json()["id"]
    by_key = [
        await closing_users.reporting.get(f"/releases/{release}", {}, token)
        for token in (TOKEN, APPROVER, None, "wrong")
    ]

    assert [response.status_code for response in by_key] == [200, 200, 404, 401]
    splits = {row["split"] for row in by_key[1].json()["values"]}
    assert {"sex", "age", "country"} <= splits
    assert (await closing_users.reporting.get("/releases", {})).json() == {"releases": []}


async def test_a_reopened_period_is_closed_again_as_the_next_version(
    closing_users: ClosingUsers,
) -> None:
    first = await closing_users.close()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=LATER))
    assert refused(await closing_users.prepare()) == (409, "E1302")
    opened = (await closing_users.reopen(reason="late_facts")).json()
    values = (await closing_users.reporting.get("/indicators/MI-05/values", REGISTERED)).json()
    second = await closing_users.close()
    old, new = await closing_users.comparison(version="1"), await closing_users.comparison()

    assert (opened["id"], opened["state"]) == (first, "reopened")
    assert values["release"]["state"] == "reopened"
    assert "frozen" not in values["values"][0]
    assert (new["release"]["id"], new["release"]["version"]) == (second, 2)
    registered = [
        next(row["frozen"] for row in each["values"] if row["measure"] == "registered")
        for each in (old, new)
    ]
    assert registered == [2, 3]
    assert not new["is_revised"]
    kinds = [kind.split(".")[2] for kind, _ in await closing_users.published_events()]
    assert kinds == ["closed", "reopened", "closed"]


async def test_a_revision_that_could_not_be_published_is_published_at_the_next_recheck(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    await closing_users.recheck()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=LATER))
    context = closing_users.reporting.context
    await context.pool.execute("ALTER TABLE outbox ADD CONSTRAINT mute CHECK (false) NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        await closing_users.recheck()
    await context.pool.execute("ALTER TABLE outbox DROP CONSTRAINT mute")
    while await recheck_release(context, definitions_fingerprint()):
        pass

    assert [kind for kind, _ in await closing_users.published_events()] == [CLOSED, REVISED]


NOTED = "SELECT count(*) FROM release_recheck JOIN measure m ON m.id = measure WHERE m.name = $1"


async def test_a_change_that_waits_already_is_not_stored_again(closing_users: ClosingUsers) -> None:
    await closing_users.close()
    await closing_users.recheck()
    for code in (CECA, DARKO):
        await closing_users.reporting.process(
            make_event(BACK, "2023-05-04", code, recordedtime=LATER)
        )
        await closing_users.publish()

    assert await closing_users.reporting.fetch_number(NOTED, "MI-05.registered") == 1


async def test_a_change_during_a_recheck_is_stored_again_and_nobody_waits(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    await closing_users.recheck()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=LATER))
    await closing_users.publish()
    async with closing_users.reporting.context.pool.acquire() as looking, looking.transaction():
        await looking.execute("DELETE FROM release_recheck")
        await closing_users.reporting.process(
            make_event(BACK, "2023-05-05", DARKO, recordedtime=LATER)
        )
        await closing_users.publish()

    assert await closing_users.reporting.fetch_number(NOTED, "MI-05.registered") == 1
