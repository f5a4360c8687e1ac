"""A stack that was stopped goes on with its data, and nothing of it has fallen over meanwhile."""

import httpx
import pytest

from tests.e2e.town import Asked, Rows, Town, answer

AGAIN = 50
QUESTIONS = (
    Asked("MI-13", "RS", "to-2024-12", "kind"),
    Asked("MI-07", "RS", "2024"),
    Asked("PI-01", "RS22", "2023", "group"),
    Asked("MI-01", "70998", "to-2023-06", "occupation"),
)

pytestmark = pytest.mark.timeout(600)


def read(town: Town) -> list[Rows]:
    """Some tables."""
    with town.steward() as reporting:
        return [answer(reporting, asked) for asked in QUESTIONS]


@pytest.mark.usefixtures("told")
def test_nothing_that_was_told_so_far_ended_a_process(town: Town) -> None:
    assert town.pids() == town.started


@pytest.mark.usefixtures("told")
def test_a_second_start_shows_the_same_tables_and_knows_every_event(town: Town) -> None:
    before = read(town)
    code = town.start_again()
    after = read(town)
    again = town.emit(town.accepted[:AGAIN], "--wait")

    assert code == 0
    assert any(before)
    assert after == before
    assert (again.code, set(again.statuses)) == (0, {"duplicate"})
    assert read(town) == before


@pytest.mark.usefixtures("told")
def test_a_second_start_folds_what_is_said_from_then_on(town: Town) -> None:
    event = next(e for e in town.accepted if e["type"] == "matching.placement.made.v1")
    new = event | {"id": "second-start", "factid": "second-start", "subject": f"p-6{'s' * 25}"}
    asked = Asked("MI-13", "RS", event["data"]["on"][:7])
    with town.steward() as reporting:
        before = answer(reporting, asked)["MI-13.placed", "total"].value
        emitted = town.emit([new], "--wait")
        fact = reporting.get("/facts", params={"source": new["source"], "id": "second-start"})
        after = answer(reporting, asked)["MI-13.placed", "total"].value

    assert emitted.statuses == ["accepted"]
    assert (fact.status_code, fact.json()["state"]) == (httpx.codes.OK, "counts")
    assert after == before + 1
