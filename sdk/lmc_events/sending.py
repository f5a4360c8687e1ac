"""Empties the spool through the door: in order, one sender at a time, back-off while it is away."""

import logging
import random
import threading
from collections import Counter
from typing import Final, NamedTuple

from .client import Client, Result, Unavailable
from .spool import Spool

LOOK_S: Final = 1.0
"""How soon an appended event is seen."""
WAIT_FIRST_S: Final = 1.0
WAIT_MOST_S: Final = 300.0

_LOG: Final = logging.getLogger("lmc_events")


class Sent(NamedTuple):
    """How the door judged the events of one emptying."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0


class Sender:
    """Sends what waits in a spool. Its log holds numbers and codes, never an event."""

    def __init__(self, spool: Spool, client: Client) -> None:
        self._spool = spool
        self._client = client

    def send(self) -> Sent:
        """Send until nothing waits; at once nothing if another process is sending already.

        Raises Unavailable if the door cannot judge; then everything it has not judged still waits.
        """
        found: Counter[str] = Counter()
        with self._spool.sole_sender() as is_alone:
            while is_alone and (batch := self._spool.waiting()):
                results = self._client.send([event.body for event in batch])
                self._spool.settle(zip(batch, results, strict=True))
                found += Counter(result.status for result in results)
                _tell(results)
        return Sent(**found)

    def run(self, stop: threading.Event) -> None:
        """Send whatever is appended until told to stop; wait longer and longer for a door."""
        failures = 0
        while not stop.is_set():
            try:
                self.send()
            except Unavailable as error:
                failures += 1
                wait_s = _wait_s(failures)
                _LOG.warning("%s Trying again in %.0f s.", error, wait_s)
                stop.wait(wait_s)
            else:
                failures = 0
                stop.wait(LOOK_S)


def _wait_s(failures: int) -> float:
    """Twice as long each time, with jitter: many partners must not come back all at once."""
    most = min(WAIT_MOST_S, WAIT_FIRST_S * 2.0 ** min(failures - 1, 30))
    return most * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret


def _tell(results: list[Result]) -> None:
    codes = Counter(result.code for result in results if result.status == "refused")
    _LOG.info("The door took %d of %d events.", len(results) - codes.total(), len(results))
    for code, count in codes.items():
        _LOG.warning("%d events were refused with %s; they are kept in the spool.", count, code)
