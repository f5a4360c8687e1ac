"""Tests of `lmc duplicates`: a job reported by two sources is listed, closed and reopened."""

import json
from typing import Any

import pytest

from tests.e2e.live_stack import LiveStack
from tests.e2e.mixed_logs import without_recordedtime
from tests.reference.builders import PROKUPLJE, make_event

pytestmark = pytest.mark.timeout(900)

PERSON = "p-" + "7" * 26
SOURCES = ("/partners/one-office", "/partners/another-office")


def duplicates(live: LiveStack, *options: str) -> list[dict[str, Any]]:
    done = live.run("duplicates", "--place", PROKUPLJE, *options)
    assert done.returncode == 0, done.stderr
    return [each for each in json.loads(done.stdout) if each["one"]["subject"] == PERSON]


def test_a_pair_is_listed_noted_and_reopened(live: LiveStack) -> None:
    reports = [
        make_event("matching.placement.made", "2019-03-02", PERSON, source=source, factid="twice")
        for source in SOURCES
    ]
    assert live.emit([without_recordedtime(each) for each in reports], "--wait").code == 0
    (pair,) = duplicates(live)
    (noted,) = duplicates(live, "--different", pair["id"], "--reason", "two_employers")
    listed, closed = duplicates(live), duplicates(live, "--closed")
    (opened,) = duplicates(live, "--undo", pair["id"])

    assert {pair["one"]["source"], pair["other"]["source"]} == set(SOURCES)
    assert (noted["state"], noted["note"]["reason"]) == ("closed", "two_employers")
    assert (listed, [each["id"] for each in closed]) == ([], [pair["id"]])
    assert opened["state"] == "open"


def test_a_decision_about_an_unknown_pair_is_refused(live: LiveStack) -> None:
    unknown = live.run("duplicates", "--undo", "0123")
    no_reason = live.run("duplicates", "--different", "0123")

    assert (unknown.returncode, no_reason.returncode) == (2, 2)
    assert "lmc duplicates" in unknown.stderr
