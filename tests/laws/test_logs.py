"""The random logs are what the laws need: valid, without conflicts, and rich in every measure."""

import json
from collections import Counter
from datetime import date

import pytest

from schemas import declarations, door
from schemas.envelope import content_digest
from tests.laws.product import heard
from tests.reference.fold import entries_of
from tests.reference.kinds import KINDS, kinds_in
from tests.reference.logs import random_log, story
from tests.reference.measures import MEASURES
from tests.reference.tell import ANA, correct, retract, say

LOGS = [random_log(seed) for seed in range(400)]
HELD = Counter(kind for log in LOGS for kind in kinds_in(log))
SHARE_MIN = 0.05
"""Of the logs: in the 2,000 of `make test` every kind of history occurs 100 times or more."""
OCCURRING = {entry.measure for log in LOGS for entry in entries_of(log)}


def test_a_seed_always_gives_the_same_log() -> None:
    assert random_log(7) == random_log(7)


def test_every_event_passes_the_door() -> None:
    declared = declarations.shipped()
    for event in (event for log in LOGS for event in log):
        said = {name: value for name, value in event.items() if name != "recordedtime"}

        door.check(
            json.dumps(said).encode(), today=date(2026, 6, 1), declared=declared, partner=False
        )


def test_no_two_events_of_a_log_conflict() -> None:
    for log in LOGS:
        contents = {(e["source"], e["id"], content_digest(heard(e))) for e in log}

        assert len(contents) == len({(event["source"], event["id"]) for event in log})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_logs_hold_enough_of_every_kind_of_history(kind: str) -> None:
    table = "\n".join(f"{100 * n / len(LOGS):5.1f} % {each}" for each, n in HELD.most_common())

    assert HELD[kind] >= len(LOGS) * SHARE_MIN, table


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_measure_occurs(measure: str) -> None:
    assert measure in OCCURRING


def test_a_story_names_what_is_unusual() -> None:
    placed = say("matching.placement.made", "2023-03-02", kind="seasonal")

    lines = story([placed, correct(placed, 2, on="2023-03-03"), retract(placed, 3)]).splitlines()

    assert lines[0].startswith("Ana        2023-03-02 matching.placement.made f-1 r1")
    assert lines[0].endswith("/services/matching 70998 kind=seasonal")
    assert "f-1 r2" in lines[1]
    assert lines[2].endswith("type=matching.placement.made")
    assert ANA not in "".join(lines).replace(placed["id"], "")
