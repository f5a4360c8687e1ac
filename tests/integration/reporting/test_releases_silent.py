"""A frozen zero next to a silent zero: neither is a revision."""

from pathlib import Path

from tests.integration.reporting.closing_users import APPROVER, MAY, ClosingUsers
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.expectations import NES, NOW, answer, listed
from tests.integration.reporting.harness import TOKEN
from tests.reference.builders import PROKUPLJE

PLACED = {"place": PROKUPLJE, "period": MAY, "measure": "placed"}


async def test_silence_is_shown_by_every_endpoint_and_is_no_revision(
    open_reporting: OpenReporting, tmp_path: Path
) -> None:
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    reporters = listed(tmp_path, [NES])
    reporting = await open_reporting(
        clock=lambda: NOW, reporters_file=reporters, approver_token_file=file
    )
    closing_users = ClosingUsers(reporting)
    await closing_users.close()
    (value,) = (await answer(reporting, "/indicators/MI-13/values", **PLACED))["values"]
    releases = [await closing_users.comparison(), await closing_users.comparison(token=TOKEN)]
    rows = [next(row for row in each["values"] if row["measure"] == "placed") for each in releases]

    assert (value["state"], "frozen" in value) == ("silent", False)
    assert [(row["frozen"], row["value"], row["state"]) for row in rows] == [
        (0, None, "silent"),
        (0, 0, "zero"),
    ]
    assert [each["is_revised"] for each in releases] == [False, False]
