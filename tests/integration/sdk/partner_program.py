"""A partner's program, run by the Python with the wheel; tests kill it and start it again.

Arguments: action, URL of intake, partner id, key file, spool file.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from lmc_events import Client, Envelope, Partner, Result, Sender, Spool, WaitingEvent
from lmc_events.schemas.events.matching import PlacementMade

PERSON = "p-0123456789abcdefghjkmnpqrs"
MANY = 25


def placed_by(partner: Partner, programmes: tuple[str, ...] = ()) -> Envelope[PlacementMade]:
    """A valid placement with a new id."""
    placed = PlacementMade(
        on=date(2023, 3, 2),
        municipality="70998",
        programmes=programmes,
        kind="open_ended",
        employer_kind="company",
        sector="C",
        occupation="9613",
        channel="mediation",
        after=(),
    )
    return partner.new_event(placed, subject=PERSON)


def placements(partner: Partner, spool: Spool) -> Iterator[Envelope[PlacementMade]]:
    """Endless placements, each appended to the spool before it is yielded."""
    while True:
        event = placed_by(partner)
        spool.append(event)
        yield event


def report(word: str) -> None:
    """Write a line to the test, after the event that it reports."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def append(partner: Partner, spool: Spool, _client: Client) -> None:
    """Append some events and wait to be killed."""
    for _, event in zip(range(MANY), placements(partner, spool), strict=False):
        report(event.id)
    threading.Event().wait()


def append_and_end(partner: Partner, spool: Spool, _client: Client) -> None:
    """Append some events."""
    for _, event in zip(range(MANY), placements(partner, spool), strict=False):
        report(event.id)


def stop_before_recording(_partner: Partner, spool: Spool, client: Client) -> None:
    """Send, and stop after intake has answered and before the spool records it."""

    class Crashing(Spool):
        def record_results(self, results: Iterable[tuple[WaitingEvent, Result]]) -> None:
            report(f"answered-{len(list(results))}")
            threading.Event().wait()

    Sender(Crashing(spool.file), client).send()


def flood(partner: Partner, spool: Spool, client: Client) -> None:
    """Append in one thread and send in another, as fast as possible, until killed."""

    def send() -> None:
        while True:
            Sender(spool, client).send()

    threading.Thread(target=send).start()
    for event in placements(partner, spool):
        report(event.id)


ACTIONS: Mapping[str, Callable[[Partner, Spool, Client], None]] = {
    "append": append,
    "append_and_end": append_and_end,
    "stop_before_recording": stop_before_recording,
    "flood": flood,
}

if __name__ == "__main__":
    action, url, partner_id, key_file, spool_file = sys.argv[1:]
    partner_ = Partner(partner_id, Path(key_file))
    ACTIONS[action](partner_, Spool(Path(spool_file)), Client(url, partner_))
