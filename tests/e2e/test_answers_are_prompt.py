"""Reading is quick: nothing waits for a timer of TCP, or of a client of Kafka."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.town import Asked, Town, answer

QUESTIONS = 60
DELAYED_ACKNOWLEDGEMENT_S = 0.04
SOON_S = 0.9
"""Far above what an answer takes on a busy machine, below the shortest timer of Kafka's clients."""


def seconds(ask: Callable[[], object]) -> list[float]:
    """How long each of some questions takes, the quickest first."""
    taken = []
    for _ in range(QUESTIONS):
        begun = time.monotonic()
        ask()
        taken.append(time.monotonic() - begun)
    return sorted(taken)


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_own_first_half(town: Town) -> None:
    with httpx.Client(base_url=town.up.stack.url("intake"), trust_env=False) as door:
        taken = seconds(lambda: door.get("/health/live").raise_for_status())

    assert taken[0] < DELAYED_ACKNOWLEDGEMENT_S


@pytest.mark.usefixtures("told")
def test_a_table_does_not_wait_for_kafka(town: Town) -> None:
    with town.steward() as reporting:
        taken = seconds(lambda: answer(reporting, Asked("MI-13", "RS", "2023")))

    assert taken[-3] < SOON_S
