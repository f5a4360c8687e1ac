"""`lmc duplicates`: a job told by two sources is listed, decided about, and opened again."""

import json
from typing import Any

import pytest

from tests.e2e.crowd import unstamped
from tests.e2e.town import Town
from tests.reference.tell import PROKUPLJE, say

pytestmark = pytest.mark.timeout(900)

PERSON = "p-" + "7" * 26
SOURCES = ("/partners/one-office", "/partners/another-office")


def duplicates(town: Town, *options: str) -> list[dict[str, Any]]:
    done = town.run("duplicates", "--place", PROKUPLJE, *options)
    assert done.returncode == 0, done.stderr
    return [each for each in json.loads(done.stdout) if each["one"]["subject"] == PERSON]


def test_a_pair_is_listed_noted_and_taken_back(town: Town) -> None:
    twice = [
        say("matching.placement.made", "2019-03-02", PERSON, source=source, factid="twice")
        for source in SOURCES
    ]
    assert town.emit([unstamped(each) for each in twice], "--wait").code == 0
    (pair,) = duplicates(town)
    (noted,) = duplicates(town, "--different", pair["id"], "--reason", "two_employers")
    listed, closed = duplicates(town), duplicates(town, "--closed")
    (opened,) = duplicates(town, "--undo", pair["id"])

    assert {pair["one"]["source"], pair["other"]["source"]} == set(SOURCES)
    assert (noted["state"], noted["note"]["reason"]) == ("closed", "two_employers")
    assert (listed, [each["id"] for each in closed]) == ([], [pair["id"]])
    assert opened["state"] == "open"


def test_a_decision_about_no_pair_is_refused(town: Town) -> None:
    unknown = town.run("duplicates", "--undo", "0123")
    no_reason = town.run("duplicates", "--different", "0123")

    assert (unknown.returncode, no_reason.returncode) == (2, 2)
    assert "lmc duplicates" in unknown.stderr
