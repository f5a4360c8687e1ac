"""Tests that a stopped stack continues with its data, and that no process has crashed."""

import httpx
import pytest

from tests.e2e.live_stack import LiveStack, Rows, ValuesRequest, read_table

REPEATED = 50
REQUESTS = (
    ValuesRequest("MI-13", "RS", "to-2024-12", "kind"),
    ValuesRequest("MI-07", "RS", "2024"),
    ValuesRequest("PI-01", "RS22", "2023", "group"),
    ValuesRequest("MI-01", "70998", "to-2023-06", "occupation"),
)

pytestmark = pytest.mark.timeout(600)


def read(live: LiveStack) -> list[Rows]:
    """Return some tables."""
    with live.steward() as reporting:
        return [read_table(reporting, wanted) for wanted in REQUESTS]


@pytest.mark.usefixtures("emitted_logs")
def test_no_event_so_far_has_crashed_a_process(live: LiveStack) -> None:
    assert live.pids() == live.started


@pytest.mark.usefixtures("emitted_logs")
def test_a_second_start_has_the_same_tables_and_recognizes_every_event(live: LiveStack) -> None:
    before = read(live)
    code = live.restart()
    after = read(live)
    repeated = live.emit(live.accepted[:REPEATED], "--wait")

    assert code == 0
    assert any(before)
    assert after == before
    assert (repeated.code, set(repeated.statuses)) == (0, {"duplicate"})
    assert read(live) == before


@pytest.mark.usefixtures("emitted_logs")
def test_a_second_start_counts_new_events(live: LiveStack) -> None:
    event = next(e for e in live.accepted if e["type"] == "matching.placement.made.v1")
    new = event | {"id": "second-start", "factid": "second-start", "subject": f"p-6{'s' * 25}"}
    wanted = ValuesRequest("MI-13", "RS", event["data"]["on"][:7])
    with live.steward() as reporting:
        before = read_table(reporting, wanted)["MI-13.placed", "total"].value
        emitted = live.emit([new], "--wait")
        fact = reporting.get("/facts", params={"source": new["source"], "id": "second-start"})
        after = read_table(reporting, wanted)["MI-13.placed", "total"].value

    assert emitted.statuses == ["accepted"]
    assert (fact.status_code, fact.json()["state"]) == (httpx.codes.OK, "counts")
    assert after == before + 1
