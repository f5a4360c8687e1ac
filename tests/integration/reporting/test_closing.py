"""Closing over real tables: two persons, what is frozen, and what shows beside it."""

from pathlib import Path

import asyncpg
import pytest

from services.reporting.closing.check import check
from services.reporting.folding.freshness import Freshness
from tests.integration.reporting.closing import APPROVER, BACK, MAY, Office, refused
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.tell import CECA, PROKUPLJE, say

MADE = "matching.placement.made"
CLOSED = "reporting.period.closed.v1"


async def test_one_person_prepares_and_another_closes(office: Office) -> None:
    prepared = (await office.prepare()).json()
    approved = (await office.approve(prepared["id"])).json()
    said = await office.said()

    assert (prepared["version"], prepared["state"]) == (1, "prepared")
    assert prepared["summary"]["states"]["value"] == 7
    assert [step["by"] for step in approved["steps"]] == ["steward-1", "approver-1"]
    digest = prepared["digest"]
    told = {"on": "2025-06-01", "period": MAY, "version": 1, "digest": digest}
    assert said == [(CLOSED, told)]
    assert (approved["digest"], approved["state"]) == (digest, "approved")


async def test_whoever_prepared_cannot_approve_even_with_the_right_key(office: Office) -> None:
    release = (await office.prepare(by="ana-1")).json()["id"]
    answer = await office.approve(release, by="ana-1")

    assert refused(answer) == (403, "E1402")
    assert await office.said() == []


async def test_the_stewards_key_approves_nothing_and_its_use_is_kept(office: Office) -> None:
    release = (await office.prepare()).json()["id"]
    tokens = (TOKEN, None)
    answers = [
        await office.post(f"/{release}/approve", {"by": "other-1"}, token) for token in tokens
    ]
    audited = await office.desk.context.pool.fetch("SELECT key, outcome FROM audit ORDER BY id")

    assert [refused(answer) for answer in answers] == [(401, "E1401"), (401, "E1401")]
    assert [tuple(row) for row in audited] == [
        ("steward_token", "granted"),
        ("approver_token", "wrong"),
        ("approver_token", "missing"),
    ]


async def test_the_approvers_key_prepares_nothing(office: Office) -> None:
    told = {"place": PROKUPLJE, "period": MAY, "by": "approver-1"}

    assert refused(await office.post("", told, APPROVER)) == (401, "E1401")


async def test_without_a_key_file_nobody_approves(desk: Desk) -> None:
    assert refused(await Office(desk).approve("any")) == (403, "E1403")


async def test_two_equal_keys_are_one_and_approve_nothing(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    file = tmp_path / "approver"
    file.write_text(TOKEN)
    office = Office(await open_desk(approver_token_file=file))
    release = (await office.prepare()).json()["id"]
    answer = await office.post(f"/{release}/approve", {"by": "other-1"}, TOKEN)

    assert refused(answer) == (403, "E1403")


@pytest.mark.parametrize(
    ("place", "period", "status", "code"),
    [
        (PROKUPLJE, "2025-06", 409, "E1302"),
        (PROKUPLJE, "2025", 409, "E1302"),
        (PROKUPLJE, "to-2023-06", 422, "E1017"),
        (PROKUPLJE, "1999", 422, "E1017"),
        (PROKUPLJE, "2023-13", 422, "E1017"),
        ("RS229", MAY, 422, "E1503"),
        ("71331", MAY, 422, "E1009"),
        ("nowhere", MAY, 422, "E1503"),
    ],
)
async def test_only_a_councils_period_that_is_over_is_closed(
    office: Office, place: str, period: str, status: int, code: str
) -> None:
    answer = await office.post("", {"place": place, "period": period, "by": "steward-1"}, TOKEN)

    assert refused(answer) == (status, code)


@pytest.mark.parametrize("by", ["Ana Anić", "Q", "a@b.rs", "a-0641234567", "0641234567"])
async def test_who_acts_is_an_accounts_word_and_no_personal_data(office: Office, by: str) -> None:
    answer = await office.prepare(by=by)

    assert answer.status_code == 422
    assert answer.json()["path"] == "$.by"
    assert by not in answer.text


async def test_a_fact_that_comes_before_approval_asks_for_another_preparation(
    office: Office,
) -> None:
    release = (await office.prepare()).json()["id"]
    await office.desk.fold(say(BACK, "2023-05-04", CECA))
    answer = await office.approve(release)
    again = (await office.prepare()).json()

    assert refused(answer) == (409, "E1302")
    assert "MI-05 registered was 2 and is 3" in answer.json()["detail"]
    assert refused(await office.approve(release)) == (409, "E1302")
    assert (again["version"], (await office.approve(again["id"])).status_code) == (1, 200)


async def test_what_is_rejected_is_not_approved_any_more(office: Office) -> None:
    release = (await office.prepare()).json()["id"]
    rejected = await office.post(f"/{release}/reject", {"by": "approver-1"}, APPROVER)

    assert rejected.json()["state"] == "rejected"
    assert refused(await office.approve(release)) == (409, "E1302")


async def test_a_step_told_twice_by_one_person_is_taken_once(office: Office) -> None:
    release = await office.close()
    again = await office.approve(release)
    opened = [await office.reopen(), await office.reopen()]

    assert again.status_code == 200
    assert [answer.status_code for answer in opened] == [200, 200]
    assert len(await office.said()) == 2


async def test_an_open_period_is_not_reopened(office: Office) -> None:
    assert refused(await office.reopen()) == (409, "E1302")
    assert refused(await office.reopen(reason="because")) == (422, "E1012")


async def test_a_period_is_not_closed_before_its_end_is_folded(
    open_desk: OpenDesk,
) -> None:
    """Of a partition that Kafka does not have nobody knows how far it is folded."""
    desk = await open_desk(freshness=Freshness({("no-such-topic", 0)}))
    answer = await Office(desk).prepare()

    assert refused(answer) == (409, "E1302")


async def test_what_was_frozen_cannot_be_changed_or_removed(office: Office) -> None:
    await office.close()
    for table in ("release", "release_value", "release_step"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await office.desk.context.pool.execute(statement)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await office.desk.context.pool.execute("UPDATE release_value SET value = 3")


async def test_a_number_changed_behind_our_back_no_longer_gives_its_digest(
    office: Office,
) -> None:
    await office.close()
    await office.close("2023-Q2")
    pool = office.desk.context.pool
    right = await check(pool)
    await pool.execute("ALTER TABLE release_value DISABLE TRIGGER USER")
    await pool.execute(
        "UPDATE release_value SET value = value + 1 FROM release"
        " WHERE release.id = release AND period = '2023-05' AND measure = 'registered'"
    )
    wrong = {each.period: each.agrees for each in await check(pool, PROKUPLJE)}

    assert [each.agrees for each in right] == [True, True]
    assert wrong == {"2023-05": False, "2023-Q2": True}


async def test_nothing_of_an_approval_is_kept_if_it_cannot_be_said(office: Office) -> None:
    """The step, the freezing and the event are one transaction."""
    release = (await office.prepare()).json()["id"]
    pool = office.desk.context.pool
    await pool.execute("ALTER TABLE outbox ADD CONSTRAINT mute CHECK (false) NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        await office.approve(release)
    await pool.execute("ALTER TABLE outbox DROP CONSTRAINT mute")

    assert await office.desk.number("SELECT count(*) FROM closed") == 0
    assert (await office.approve(release)).status_code == 200


async def test_grafana_cannot_read_what_was_frozen(office: Office) -> None:
    await office.close()
    may = "SELECT has_table_privilege('lmc_grafana', 'reporting.' || $1, 'SELECT')"
    tables = ("release", "release_value", "release_step", "release_reason", "closed")

    assert [await office.desk.context.pool.fetchval(may, table) for table in tables] == [False] * 5
