"""Closing while a proof casts doubt on numbers: nothing is frozen, and nothing is compared."""

from tests.integration.reporting.closing import BACK, Office, refused
from tests.integration.reporting.desk import TOKEN
from tests.integration.reporting.doubting import cast, lift
from tests.reference.tell import CECA, PROKUPLJE, say

AFTER = "2025-06-01T13:00:00Z"


async def test_nothing_is_frozen_that_is_in_doubt(office: Office) -> None:
    await cast(office.desk, "MI-05.registered", PROKUPLJE)
    answer = await office.prepare()
    await lift(office.desk)

    assert refused(answer) == (409, "E1302")
    assert "MI-05 registered" in answer.json()["detail"]
    assert (await office.prepare()).status_code == 201


async def test_a_revision_is_said_when_the_doubt_is_gone(office: Office) -> None:
    await office.close()
    await office.look()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=AFTER))
    await cast(office.desk, "MI-05.registered", PROKUPLJE)
    await office.look()
    during = await office.said()
    shown = await office.beside(token=TOKEN)
    await lift(office.desk)
    await office.look()

    assert [kind for kind, _ in during] == ["reporting.period.closed.v1"]
    registered = [row for row in shown["values"] if row["measure"] == "registered"]
    assert {row["state"] for row in registered} == {"withheld"}
    assert not shown["is_revised"]
    assert [data.get("indicator") for _, data in await office.said()] == [None, "MI-05"]
