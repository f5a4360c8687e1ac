"""A frozen zero beside a zero that is only silence: neither is called a revision."""

from pathlib import Path

from tests.integration.reporting.closing import APPROVER, MAY, Office
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN
from tests.integration.reporting.expecting import NES, NOW, answer, listed
from tests.reference.tell import PROKUPLJE

PLACED = {"place": PROKUPLJE, "period": MAY, "measure": "placed"}


async def test_silence_is_shown_by_every_door_and_is_no_revision(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    reporters = listed(tmp_path, [NES])
    desk = await open_desk(clock=lambda: NOW, reporters_file=reporters, approver_token_file=file)
    office = Office(desk)
    await office.close()
    (value,) = (await answer(desk, "/indicators/MI-13/values", **PLACED))["values"]
    told = [await office.beside(), await office.beside(token=TOKEN)]
    rows = [next(row for row in each["values"] if row["measure"] == "placed") for each in told]

    assert (value["state"], "frozen" in value) == ("silent", False)
    assert [(row["frozen"], row["value"], row["state"]) for row in rows] == [
        (0, None, "silent"),
        (0, 0, "zero"),
    ]
    assert [each["is_revised"] for each in told] == [False, False]
