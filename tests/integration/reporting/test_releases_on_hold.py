"""Closing while numbers are withheld: nothing is frozen, and nothing is compared."""

from tests.integration.reporting.closing_users import BACK, ClosingUsers, refused
from tests.integration.reporting.harness import TOKEN
from tests.integration.reporting.holds import add_hold, remove_holds
from tests.reference.builders import CECA, PROKUPLJE, make_event

AFTER = "2025-06-01T13:00:00Z"


async def test_withheld_numbers_are_not_frozen(closing_users: ClosingUsers) -> None:
    await add_hold(closing_users.reporting, "MI-05.registered", PROKUPLJE)
    response = await closing_users.prepare()
    await remove_holds(closing_users.reporting)

    assert refused(response) == (409, "E1302")
    assert "MI-05 registered" in response.json()["detail"]
    assert (await closing_users.prepare()).status_code == 201


async def test_a_revision_is_published_when_the_hold_is_released(
    closing_users: ClosingUsers,
) -> None:
    await closing_users.close()
    await closing_users.recheck()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=AFTER))
    await add_hold(closing_users.reporting, "MI-05.registered", PROKUPLJE)
    await closing_users.recheck()
    during = await closing_users.published_events()
    shown = await closing_users.comparison(token=TOKEN)
    await remove_holds(closing_users.reporting)
    await closing_users.recheck()

    assert [kind for kind, _ in during] == ["reporting.period.closed.v1"]
    registered = [row for row in shown["values"] if row["measure"] == "registered"]
    assert {row["state"] for row in registered} == {"withheld"}
    assert not shown["is_revised"]
    assert [data.get("indicator") for _, data in await closing_users.published_events()] == [
        None,
        "MI-05",
    ]
