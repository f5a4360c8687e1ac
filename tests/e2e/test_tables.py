"""Tests that tables of random logs, read over HTTP, equal the reference."""

import json
from datetime import date

import pytest

from runtime.process.clock import belgrade_day, utc_now
from tests.e2e.live_stack import ACCEPTED, Emitted, LiveStack, ValuesRequest, read_table
from tests.e2e.reference_tables import ReferenceTables, tables
from tests.reference.endpoint import refusal_codes
from tests.reference.log_features import FEATURES, features_of
from tests.reference.measures import MEASURES
from tests.reference.tables import Cell

pytestmark = pytest.mark.timeout(900)

SHOWN = 5
TABLES_MIN = 900
LOST_EVERY = 300
REQUESTS = (
    ValuesRequest("MI-13", "RS", "2023", "kind"),
    ValuesRequest("MI-07", "RS22", "to-2024-06"),
    ValuesRequest("PI-14", "RS", "2023"),
    ValuesRequest("PI-12", "RS", "2023-06"),
)


@pytest.fixture(scope="module")
def expected(live: LiveStack, emitted_logs: Emitted) -> ReferenceTables:
    """The reference's tables of every accepted event."""
    assert emitted_logs.code == 1, emitted_logs.errors
    return ReferenceTables(live.accepted)


@pytest.fixture(scope="module")
def today() -> date:
    """The day on which the tables are read."""
    return belgrade_day(utc_now())


def test_lines_are_refused_for_what_earlier_ones_state_and_repeats_are_duplicates(
    emitted_logs: Emitted,
) -> None:
    events = [json.loads(line) for line in emitted_logs.lines]
    refused = [result.get("code") for result in emitted_logs.results]

    assert refused == refusal_codes(events)
    assert {"E1303", "E1304"} <= set(refused)
    assert set(emitted_logs.statuses) == {*ACCEPTED, "refused"}


@pytest.mark.usefixtures("emitted_logs")
def test_the_file_has_every_kind_of_history(live: LiveStack) -> None:
    events = [event | {"recordedtime": ""} for event in live.accepted]

    assert FEATURES.keys() - features_of(events) == {"duplicate with an earlier recordedtime"}


def test_the_results_are_in_the_order_of_the_file(emitted_logs: Emitted) -> None:
    ids = [json.loads(line)["id"] for line in emitted_logs.lines]

    assert [result["id"] for result in emitted_logs.results] == ids


def test_every_table_equals_the_reference(
    live: LiveStack, expected: ReferenceTables, today: date
) -> None:
    cells: dict[str, set[Cell]] = {measure: set() for measure in MEASURES}
    wrong: list[str] = []
    requests = expected.requests()
    with live.steward() as reporting:
        for wanted in requests:
            rows, right = read_table(reporting, wanted), expected.rows(wanted, today)
            for measure, bucket in rows:
                cells[measure].add(rows[measure, bucket])
            if rows != right:
                wrong.append(f"{wanted}: {sorted(rows.items() ^ right.items(), key=str)}")

    assert wrong[:SHOWN] == []
    assert {(wanted.indicator, wanted.split) for wanted in requests} == set(tables())
    assert {len(wanted.period) for wanted in requests} == {4, 7, 10}
    assert len(requests) > TABLES_MIN
    assert [measure for measure, met in cells.items() if not any(c.value for c in met)] == []
    assert {cell.state for met in cells.values() for cell in met} == {
        *("value", "zero", "pending", "none")
    }


def test_these_tables_would_show_a_few_lost_events(
    live: LiveStack, expected: ReferenceTables, today: date
) -> None:
    lacking = ReferenceTables([e for n, e in enumerate(live.accepted) if n % LOST_EVERY])
    requests = expected.requests()
    wrong = [a for a in requests if lacking.rows(a, today) != expected.rows(a, today)]

    assert wrong


@pytest.mark.parametrize("wanted", REQUESTS, ids=lambda wanted: wanted.indicator)
@pytest.mark.usefixtures("emitted_logs")
def test_lmc_value_prints_the_response_of_http(live: LiveStack, wanted: ValuesRequest) -> None:
    code, printed = live.value(wanted)
    with live.steward() as reporting:
        params = wanted._asdict() | {"layer": "exact"}
        found = reporting.get(f"/indicators/{params.pop('indicator')}/values", params=params)
    same = [json.loads(body) | {"projected_through": None} for body in (printed, found.text)]

    assert code == 0
    assert same[0] == same[1]
    assert same[0]["values"]


@pytest.mark.usefixtures("emitted_logs")
def test_lmc_value_prints_one_measure_if_asked_for_one(live: LiveStack) -> None:
    _, printed = live.value(REQUESTS[0], "--measure", "durable")

    assert {row["measure"] for row in json.loads(printed)["values"]} == {"durable"}
