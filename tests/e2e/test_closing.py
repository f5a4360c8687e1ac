"""A period closed from the command line, and what the commands show of it afterwards."""

import json
from typing import Any

import pytest

from tests.e2e.town import Emitted, Town

PLACE, PERIOD = "70998", "2023"
WHERE = ("--place", PLACE, "--period", PERIOD)

pytestmark = pytest.mark.timeout(600)


def told_by(town: Town, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What a command prints for a program."""
    done = town.run(*arguments)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else {}


def placed(town: Town) -> dict[str, Any]:
    """The published answer about placements of the closed year."""
    return told_by(town, "value", "MI-13", *WHERE, "--measure", "placed")


@pytest.mark.usefixtures("told")
def test_a_year_is_closed_by_two_and_a_late_fact_shows_beside_it(town: Town) -> None:
    prepared = told_by(town, "close", *WHERE, "--by", "steward-1")
    shown = told_by(town, "releases", "--show", prepared["id"])
    refused = town.run("close", "--approve", prepared["id"], "--by", "steward-1")
    approved = told_by(town, "close", "--approve", prepared["id"], "--by", "approver-1")
    before = placed(town)
    event = next(e for e in town.accepted if e["type"] == "matching.placement.made.v1")
    late = event | {"id": "late", "factid": "late", "subject": f"p-7{'s' * 25}"}
    late["data"] = event["data"] | {"on": "2023-05-02", "municipality": PLACE}
    emitted: Emitted = town.emit([late], "--wait")
    after = placed(town)
    (release,) = told_by(town, "releases", *WHERE, "--check")["releases"]

    assert refused.returncode == 1
    assert (shown["release"]["state"], len(shown["values"])) == (
        "prepared",
        prepared["summary"]["values"],
    )
    assert (approved["state"], approved["digest"]) == ("approved", prepared["digest"])
    assert emitted.statuses == ["accepted"]
    was = before["values"][0]["value"]
    assert (after["values"][0]["value"], after["values"][0]["frozen"]) == (was + 1, was)
    assert after["release"]["version"] == 1
    assert (release["agrees"], release["computed"]) == (True, prepared["digest"])
    assert release["said"] == [prepared["digest"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("close", "--by", "steward-1"),
        ("close", "--place", PLACE, "--by", "steward-1"),
        ("close", *WHERE, "--approve", "x", "--by", "steward-1"),
        ("close", "--approve", "x", "--reject", "x", "--by", "steward-1"),
        ("releases", "--show", "x", "--check"),
        ("releases", "--show", "no-such-release"),
        ("reopen", *WHERE, "--by", "approver-1", "--reason", "because"),
        ("close", "--place", PLACE, "--period", "2023-13", "--by", "steward-1"),
    ],
)
def test_a_command_that_makes_no_sense_is_a_question_of_usage(
    town: Town, arguments: tuple[str, ...]
) -> None:
    assert town.run(*arguments).returncode == 2
