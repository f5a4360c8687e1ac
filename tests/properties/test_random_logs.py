"""The random logs are valid, without conflicts, and contain every measure and feature."""

import json
from collections import Counter
from datetime import date

import pytest

from schemas import declared_codes
from schemas.envelope import content_digest
from schemas.validation import strict
from tests.properties.product import decoded
from tests.reference.builders import ANA, correct, make_event, retract
from tests.reference.contradictions import without_contradictions
from tests.reference.fold import entries_of
from tests.reference.log_features import FEATURES, features_of
from tests.reference.logs import random_log, story
from tests.reference.measures import MEASURES

TODAY = date(2026, 6, 1)
LOGS = [random_log(seed) for seed in range(400)]
FOUND = Counter(feature for log in LOGS for feature in features_of(log))
SHARE_MIN = 0.05
"""Share of the logs: in the 2,000 of `make test` every feature occurs 100 times or more."""
OCCURRING = {entry.measure for log in LOGS for entry in entries_of(log)}


def test_a_seed_always_gives_the_same_log() -> None:
    assert random_log(7) == random_log(7)


def test_every_event_passes_validation_without_its_contradictions() -> None:
    declared = declared_codes.shipped()
    for event in (without_contradictions(event, TODAY) for log in LOGS for event in log):
        sent = {name: value for name, value in event.items() if name != "recordedtime"}

        strict.validate_event(
            json.dumps(sent).encode(), today=TODAY, declared=declared, partner=False
        )


def test_no_two_events_of_a_log_conflict() -> None:
    for log in LOGS:
        contents = {(e["source"], e["id"], content_digest(decoded(e))) for e in log}

        assert len(contents) == len({(event["source"], event["id"]) for event in log})


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_every_feature_occurs_often_enough(feature: str) -> None:
    table = "\n".join(f"{100 * n / len(LOGS):5.1f} % {each}" for each, n in FOUND.most_common())

    assert FOUND[feature] >= len(LOGS) * SHARE_MIN, table


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_measure_occurs(measure: str) -> None:
    assert measure in OCCURRING


def test_a_story_lists_unusual_fields_only() -> None:
    placed = make_event("matching.placement.made", "2023-03-02", kind="seasonal")

    lines = story([placed, correct(placed, 2, on="2023-03-03"), retract(placed, 3)]).splitlines()

    assert lines[0].startswith("Ana        2023-03-02 matching.placement.made f-1 r1")
    assert lines[0].endswith("/services/matching 70998 kind=seasonal")
    assert "f-1 r2" in lines[1]
    assert lines[2].endswith("type=matching.placement.made")
    assert ANA not in "".join(lines).replace(placed["id"], "")
