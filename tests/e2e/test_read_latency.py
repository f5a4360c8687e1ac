"""Tests that a read does not wait for a timer of TCP or of a Kafka client."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.live_stack import LiveStack, ValuesRequest, read_table

REQUESTS = 60
DELAYED_ACKNOWLEDGEMENT_S = 0.04
PROMPT_S = 0.9
"""Far above the latency on a busy machine, below the shortest timer of a Kafka client."""


def seconds(send: Callable[[], object]) -> list[float]:
    """Return the seconds that each of some requests takes, the quickest first."""
    taken = []
    for _ in range(REQUESTS):
        started = time.monotonic()
        send()
        taken.append(time.monotonic() - started)
    return sorted(taken)


def test_a_response_does_not_wait_for_a_delayed_acknowledgement(live: LiveStack) -> None:
    with httpx.Client(base_url=live.up.stack.url("intake"), trust_env=False) as intake:
        taken = seconds(lambda: intake.get("/health/live").raise_for_status())

    assert taken[0] < DELAYED_ACKNOWLEDGEMENT_S


@pytest.mark.usefixtures("emitted_logs")
def test_reading_a_table_does_not_wait_for_kafka(live: LiveStack) -> None:
    with live.steward() as reporting:
        taken = seconds(lambda: read_table(reporting, ValuesRequest("MI-13", "RS", "2023")))

    assert taken[-3] < PROMPT_S
