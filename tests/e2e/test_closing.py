"""Tests of closing a period with the commands, and of what they show afterwards."""

import json
from typing import Any

import pytest

from tests.e2e.live_stack import Emitted, LiveStack

PLACE, PERIOD = "70998", "2023"
WHERE = ("--place", PLACE, "--period", PERIOD)

pytestmark = pytest.mark.timeout(600)


def json_of(live: LiveStack, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Return the JSON that a command prints."""
    done = live.run(*arguments)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else {}


def placed(live: LiveStack) -> dict[str, Any]:
    """Return the published placements of the closed year."""
    return json_of(live, "value", "MI-13", *WHERE, "--measure", "placed")


@pytest.mark.usefixtures("emitted_logs")
def test_a_late_fact_changes_the_current_number_of_a_closed_year_only(
    live: LiveStack,
) -> None:
    prepared = json_of(live, "close", *WHERE, "--by", "steward-1")
    shown = json_of(live, "releases", "--show", prepared["id"])
    refused = live.run("close", "--approve", prepared["id"], "--by", "steward-1")
    approved = json_of(live, "close", "--approve", prepared["id"], "--by", "approver-1")
    before = placed(live)
    event = next(e for e in live.accepted if e["type"] == "matching.placement.made.v1")
    late = event | {"id": "late", "factid": "late", "subject": f"p-7{'s' * 25}"}
    late["data"] = event["data"] | {"on": "2023-05-02", "municipality": PLACE}
    emitted: Emitted = live.emit([late], "--wait")
    after = placed(live)
    (release,) = json_of(live, "releases", *WHERE, "--check")["releases"]

    assert refused.returncode == 1
    assert (shown["release"]["state"], len(shown["values"])) == (
        "prepared",
        prepared["summary"]["values"],
    )
    assert (approved["state"], approved["digest"]) == ("approved", prepared["digest"])
    assert emitted.statuses == ["accepted"]
    frozen = before["values"][0]["value"]
    assert (after["values"][0]["value"], after["values"][0]["frozen"]) == (frozen + 1, frozen)
    assert after["release"]["version"] == 1
    assert (release["agrees"], release["computed"]) == (True, prepared["digest"])
    assert release["published"] == [prepared["digest"]]


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
def test_an_invalid_command_is_a_usage_error(live: LiveStack, arguments: tuple[str, ...]) -> None:
    assert live.run(*arguments).returncode == 2
