"""Releases in a real database: two persons close a period, and what is frozen stays."""

from pathlib import Path

import asyncpg
import pytest

from services.reporting.projection.freshness import ProgressTracker
from services.reporting.releases.verify_digests import check_digests
from tests.integration.reporting.closing_users import APPROVER, BACK, MAY, ClosingUsers, refused
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import CECA, PROKUPLJE, make_event

MADE = "matching.placement.made"
CLOSED = "reporting.period.closed.v1"


async def test_one_person_prepares_and_another_closes(closing_users: ClosingUsers) -> None:
    prepared = (await closing_users.prepare()).json()
    approved = (await closing_users.approve(prepared["id"])).json()
    published = await closing_users.published_events()

    assert (prepared["version"], prepared["state"]) == (1, "prepared")
    assert prepared["summary"]["states"]["value"] == 7
    assert [step["by"] for step in approved["steps"]] == ["steward-1", "approver-1"]
    digest = prepared["digest"]
    event = {"on": "2025-06-01", "period": MAY, "version": 1, "digest": digest}
    assert published == [(CLOSED, event)]
    assert (approved["digest"], approved["state"]) == (digest, "approved")


async def test_whoever_prepared_cannot_approve_even_with_the_right_key(
    closing_users: ClosingUsers,
) -> None:
    release = (await closing_users.prepare(by="ana-1")).json()["id"]
    response = await closing_users.approve(release, by="ana-1")

    assert refused(response) == (403, "E1402")
    assert await closing_users.published_events() == []


async def test_the_stewards_key_approves_nothing_and_its_use_is_audited(
    closing_users: ClosingUsers,
) -> None:
    release = (await closing_users.prepare()).json()["id"]
    tokens = (TOKEN, None)
    responses = [
        await closing_users.post(f"/{release}/approve", {"by": "other-1"}, token)
        for token in tokens
    ]
    audited = await closing_users.reporting.context.pool.fetch(
        "SELECT key, outcome FROM audit ORDER BY id"
    )

    assert [refused(response) for response in responses] == [(401, "E1401"), (401, "E1401")]
    assert [tuple(row) for row in audited] == [
        ("steward_token", "granted"),
        ("approver_token", "wrong"),
        ("approver_token", "missing"),
    ]


async def test_the_approvers_key_prepares_nothing(closing_users: ClosingUsers) -> None:
    body = {"place": PROKUPLJE, "period": MAY, "by": "approver-1"}

    assert refused(await closing_users.post("", body, APPROVER)) == (401, "E1401")


async def test_without_a_key_file_nobody_approves(reporting: ReportingHarness) -> None:
    assert refused(await ClosingUsers(reporting).approve("any")) == (403, "E1403")


async def test_two_equal_keys_are_one_and_approve_nothing(
    open_reporting: OpenReporting, tmp_path: Path
) -> None:
    file = tmp_path / "approver"
    file.write_text(TOKEN)
    closing_users = ClosingUsers(await open_reporting(approver_token_file=file))
    release = (await closing_users.prepare()).json()["id"]
    response = await closing_users.post(f"/{release}/approve", {"by": "other-1"}, TOKEN)

    assert refused(response) == (403, "E1403")


@pytest.mark.parametrize(
    ("place", "period", "status", "code"),
    [
        (PROKUPLJE, "2025-06", 409, "E1302"),
        (PROKUPLJE, "2025", 409, "E1302"),
        (PROKUPLJE, "to-2023-06", 422, "E1018"),
        (PROKUPLJE, "1999", 422, "E1018"),
        (PROKUPLJE, "2023-13", 422, "E1018"),
        ("RS229", MAY, 422, "E1503"),
        ("71331", MAY, 422, "E1009"),
        ("nowhere", MAY, 422, "E1503"),
    ],
)
async def test_only_a_councils_period_that_is_over_is_closed(
    closing_users: ClosingUsers, place: str, period: str, status: int, code: str
) -> None:
    response = await closing_users.post(
        "", {"place": place, "period": period, "by": "steward-1"}, TOKEN
    )

    assert refused(response) == (status, code)


@pytest.mark.parametrize("by", ["Ana Anić", "Q", "a@b.rs", "a-0641234567", "0641234567"])
async def test_the_acting_person_is_named_by_an_account_without_personal_data(
    closing_users: ClosingUsers, by: str
) -> None:
    response = await closing_users.prepare(by=by)

    assert response.status_code == 422
    assert response.json()["path"] == "$.by"
    assert by not in response.text


async def test_a_fact_recorded_before_approval_requires_another_preparation(
    closing_users: ClosingUsers,
) -> None:
    release = (await closing_users.prepare()).json()["id"]
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA))
    response = await closing_users.approve(release)
    again = (await closing_users.prepare()).json()

    assert refused(response) == (409, "E1302")
    assert "MI-05 registered was 2 and is 3" in response.json()["detail"]
    assert refused(await closing_users.approve(release)) == (409, "E1302")
    assert (again["version"], (await closing_users.approve(again["id"])).status_code) == (1, 200)


async def test_what_is_rejected_is_not_approved_any_more(closing_users: ClosingUsers) -> None:
    release = (await closing_users.prepare()).json()["id"]
    rejected = await closing_users.post(f"/{release}/reject", {"by": "approver-1"}, APPROVER)

    assert rejected.json()["state"] == "rejected"
    assert refused(await closing_users.approve(release)) == (409, "E1302")


async def test_a_step_requested_twice_by_one_person_is_taken_once(
    closing_users: ClosingUsers,
) -> None:
    release = await closing_users.close()
    again = await closing_users.approve(release)
    opened = [await closing_users.reopen(), await closing_users.reopen()]

    assert again.status_code == 200
    assert [response.status_code for response in opened] == [200, 200]
    assert len(await closing_users.published_events()) == 2


async def test_an_open_period_is_not_reopened(closing_users: ClosingUsers) -> None:
    assert refused(await closing_users.reopen()) == (409, "E1302")
    assert refused(await closing_users.reopen(reason="because")) == (422, "E1012")


async def test_a_period_is_not_closed_before_its_end_is_projected(
    open_reporting: OpenReporting,
) -> None:
    """A partition that Kafka does not have has no known progress."""
    reporting = await open_reporting(freshness=ProgressTracker({("no-such-topic", 0)}))
    response = await ClosingUsers(reporting).prepare()

    assert refused(response) == (409, "E1302")


async def test_what_was_frozen_cannot_be_changed_or_removed(closing_users: ClosingUsers) -> None:
    await closing_users.close()
    for table in ("release", "release_value", "release_step"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await closing_users.reporting.context.pool.execute(statement)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await closing_users.reporting.context.pool.execute("UPDATE release_value SET value = 3")


async def test_a_number_changed_in_the_database_no_longer_gives_its_digest(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    await closing_users.close("2023-Q2")
    pool = closing_users.reporting.context.pool
    right = await check_digests(pool)
    await pool.execute("ALTER TABLE release_value DISABLE TRIGGER USER")
    await pool.execute(
        "UPDATE release_value SET value = value + 1 FROM release"
        " WHERE release.id = release AND period = '2023-05' AND measure = 'registered'"
    )
    wrong = {each.period: each.agrees for each in await check_digests(pool, PROKUPLJE)}

    assert [each.agrees for each in right] == [True, True]
    assert wrong == {"2023-05": False, "2023-Q2": True}


async def test_nothing_of_an_approval_is_stored_if_it_cannot_be_published(
    closing_users: ClosingUsers,
) -> None:
    """The step, the freezing and the event are one transaction."""
    release = (await closing_users.prepare()).json()["id"]
    pool = closing_users.reporting.context.pool
    await pool.execute("ALTER TABLE outbox ADD CONSTRAINT mute CHECK (false) NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        await closing_users.approve(release)
    await pool.execute("ALTER TABLE outbox DROP CONSTRAINT mute")

    assert await closing_users.reporting.fetch_number("SELECT count(*) FROM closed_period") == 0
    assert (await closing_users.approve(release)).status_code == 200


async def test_grafana_cannot_read_what_was_frozen(closing_users: ClosingUsers) -> None:
    await closing_users.close()
    may = "SELECT has_table_privilege('lmc_grafana', 'reporting.' || $1, 'SELECT')"
    tables = ("release", "release_value", "release_step", "release_reason", "closed_period")

    assert [
        await closing_users.reporting.context.pool.fetchval(may, table) for table in tables
    ] == [False] * 5
