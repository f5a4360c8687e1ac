"""Send the events of a spool to intake, in order, by one sender at a time, with backoff."""

import logging
import random
import threading
from collections import Counter
from typing import Final, NamedTuple

from .client import Client, IntakeUnavailable, Result
from .spool import Spool

_POLL_INTERVAL_S: Final = 1.0
"""How often `Sender.run` asks an empty spool for new events."""
_RETRY_WAIT_S_MIN: Final = 1.0
_RETRY_WAIT_S_MAX: Final = 300.0

_LOG: Final = logging.getLogger("lmc_events")


class SendCounts(NamedTuple):
    """How many events of one `Sender.send` were accepted, were duplicates, or were refused."""

    accepted: int = 0
    duplicate: int = 0
    refused: int = 0


class Sender:
    """Sends the events that wait in a spool. Its log holds counts and codes, never an event.

    `retry_wait_s_max` is the longest wait in seconds between two attempts of `run`.
    """

    def __init__(
        self, spool: Spool, client: Client, *, retry_wait_s_max: float = _RETRY_WAIT_S_MAX
    ) -> None:
        self._spool = spool
        self._client = client
        self._retry_wait_s_max = retry_wait_s_max

    def send(self) -> SendCounts:
        """Send until no event waits; return at once if another process is sending.

        Raises IntakeUnavailable if intake cannot answer; the events without a result still wait.
        """
        counts: Counter[str] = Counter()
        with self._spool.sender_lock() as is_locked:
            while is_locked and (batch := self._spool.waiting()):
                results = self._client.send([event.body for event in batch])
                self._spool.record_results(zip(batch, results, strict=True))
                counts += Counter(result.status for result in results)
                _log_results(results)
        return SendCounts(**counts)

    def run(self, stop: threading.Event) -> None:
        """Send every appended event until `stop` is set; back off while intake is unavailable."""
        failures = 0
        while not stop.is_set():
            try:
                self.send()
            except IntakeUnavailable as error:
                failures += 1
                wait_s = self._wait_s(failures)
                _LOG.warning("%s Retrying in %.0f s.", error, wait_s)
                stop.wait(wait_s)
            else:
                failures = 0
                stop.wait(_POLL_INTERVAL_S)

    def _wait_s(self, failures: int) -> float:
        """Double the wait each time, with jitter, so that partners do not retry all at once."""
        wait_s = min(self._retry_wait_s_max, _RETRY_WAIT_S_MIN * 2.0 ** min(failures - 1, 30))
        return wait_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter needs no secure randomness


def _log_results(results: list[Result]) -> None:
    codes = Counter(result.code for result in results if result.status == "refused")
    _LOG.info("Intake took %d of %d events.", len(results) - codes.total(), len(results))
    for code, count in codes.items():
        _LOG.warning("%d events were refused with %s; they are kept in the spool.", count, code)
