"""Tests that bad lines are refused with path and reason, and good lines next to them accepted."""

from collections.abc import Mapping

import httpx
import pytest

from runtime.process.clock import belgrade_day, utc_now
from tests.e2e.live_stack import Emitted, LiveStack, ValuesRequest, read_table
from tests.e2e.reference_tables import ReferenceTables
from tests.reference.builders import make_event
from tests.reference.shapes import Event

PERSON = f"p-7{'k' * 25}"
MADE = "matching.placement.made"
TABLE = ValuesRequest("MI-13", "70998", "2019")
MONTH_OF_TABLE = "2019-05-06"


def placed(event_id: str, **data: object) -> Event:
    """Return a valid placement in a year without other placements."""
    event = make_event(MADE, MONTH_OF_TABLE, PERSON, source="/partners/nes", id=event_id, **data)
    return {name: value for name, value in event.items() if name != "recordedtime"}


GOOD = placed("bad-0", factid="fact-0")
BAD: Mapping[str, tuple[str | Event, str]] = {
    "no JSON": ("{'id': 'bad-1'}", "E1101"),
    "no object": ('["bad-2"]', "E1102"),
    "unknown type": (placed("bad-3") | {"type": "matching.placement.sung.v1"}, "E1116"),
    "unknown version": (placed("bad-4") | {"type": "matching.placement.made.v9"}, "E1117"),
    "wrong municipality": (placed("bad-5", municipality="70999"), "E1003"),
    "before 2000": (placed("bad-6", on="1999-12-31"), "E1002"),
    "far ahead": (placed("bad-7", on="2100-01-01"), "E1002"),
    "no such day": (placed("bad-8", on="2023-02-30"), "E1012"),
    "unknown field": (placed("bad-9", colour="green"), "E1010"),
    "missing field": (placed("bad-10") | {"data": {"on": MONTH_OF_TABLE}}, "E1011"),
    "null": (placed("bad-11", channel=None), "E1015"),
    "not on the list": (placed("bad-12", kind="open_end"), "E1001"),
    "undeclared programme": (placed("bad-13", programmes=["NOSUCH"]), "E1006"),
    "unknown attribute": (placed("bad-14") | {"colour": "green"}, "E1110"),
    "stamped already": (placed("bad-15") | {"recordedtime": "2023-03-02T09:00:00Z"}, "E1113"),
    "too large": (placed("bad-16", programmes=["M4SD"] * 10_000), "E1103"),
    "conflict": (placed("bad-0", factid="fact-0", municipality="79022"), "E1301"),
}
NUMBERS = {name: number for number, name in enumerate(BAD, start=2)}
"""The line number of each."""


@pytest.fixture(scope="module")
def emitted(live: LiveStack) -> Emitted:
    """A good line, all bad ones, the good one again, and another good one."""
    lines = [GOOD, *(line for line, _ in BAD.values()), GOOD, placed("bad-99", factid="fact-99")]
    return live.emit(lines, "--wait")


def test_a_file_with_bad_lines_ends_with_1_and_a_result_per_line(
    emitted: Emitted,
) -> None:
    refused = len(BAD)

    assert emitted.code == 1
    assert emitted.statuses == ["accepted", *["refused"] * refused, "duplicate", "accepted"]
    assert emitted.codes == [None, *(code for _, code in BAD.values()), None, None]
    assert emitted.errors.splitlines()[-1] == f"lmc: lines refused: {refused}."


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_reported_with_its_number_path_and_reason(
    emitted: Emitted, name: str
) -> None:
    number = NUMBERS[name]
    first, *others = [x for x in emitted.errors.splitlines() if f"line {number}:" in x]
    result = emitted.results[number - 1]

    assert ": also: " not in first
    assert all(": also: " in line for line in others)
    assert result["path"] is not None
    assert result["path"].startswith("$")
    assert result["detail"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conflict", "$.data.municipality"),
        ("wrong municipality", "70998"),
        ("not on the list", "open_ended"),
        ("unknown type", "matching.placement.made"),
        ("no JSON", f"Line {NUMBERS['no JSON']}:"),
    ],
)
def test_a_refusal_names_the_difference_or_a_suggestion(
    emitted: Emitted, name: str, expected: str
) -> None:
    result = emitted.results[NUMBERS[name] - 1]

    assert expected in f"{result['path']} {result['detail']}"


def test_nothing_of_a_refused_line_counts(live: LiveStack, emitted: Emitted) -> None:
    assert emitted.code == 1
    with live.steward() as reporting:
        rows = read_table(reporting, TABLE)
        facts = [
            reporting.get("/facts", params={"source": "/partners/nes", "id": f"bad-{number}"})
            for number in (*range(1, 17), 0, 99)
        ]

    assert rows["MI-13.placed", "total"].value == 1
    assert [fact.status_code for fact in facts] == [
        *[httpx.codes.NOT_FOUND] * 16,
        *[httpx.codes.OK] * 2,
    ]
    assert facts[-2].json()["fact"]["data"]["municipality"] == GOOD["data"]["municipality"]


def test_a_refused_event_is_accepted_when_it_is_corrected(
    live: LiveStack, emitted: Emitted
) -> None:
    assert emitted.code == 1
    again = live.emit([placed("bad-5", factid="fact-5", municipality="79022")], "--wait")
    with live.steward() as reporting:
        rows = read_table(reporting, TABLE._replace(place="79022"))

    assert (again.code, again.statuses) == (0, ["accepted"])
    assert rows["MI-13.placed", "total"].value == 1


def test_a_table_after_bad_lines_equals_the_reference(live: LiveStack, emitted: Emitted) -> None:
    assert emitted.code == 1
    expected = ReferenceTables(live.accepted)
    wanted = TABLE._replace(place="RS", split="kind")
    with live.steward() as reporting:
        rows = read_table(reporting, wanted)

    assert rows == expected.rows(wanted, belgrade_day(utc_now()))


def test_an_unreadable_file_is_reported_in_one_line(live: LiveStack) -> None:
    done = live.run("emit", str(live.folder / "nowhere.jsonl"))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("lmc: cannot read ")
    assert done.stderr.count("\n") == 1
