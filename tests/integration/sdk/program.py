"""A partner's program, run by the Python that holds the wheel; it is killed and started again.

Arguments: what to do, the door's address, partner id, key file, spool file.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from lmc_events import Client, Envelope, Partner, Result, Sender, Spool, Waiting
from lmc_events.schemas.matching import PlacementMade

PERSON = "p-0123456789abcdefghjkmnpqrs"
MANY = 25


def placed_by(partner: Partner, programmes: tuple[str, ...] = ()) -> Envelope[PlacementMade]:
    """A placement like any other, with an id that is new."""
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
    return partner.say(placed, subject=PERSON)


def placements(partner: Partner, spool: Spool) -> Iterator[Envelope[PlacementMade]]:
    """Placements without end, each in the spool by the time it is told."""
    while True:
        said = placed_by(partner)
        spool.append(said)
        yield said


def tell(word: str) -> None:
    """Tell the test; whatever is told has happened."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def append(partner: Partner, spool: Spool, _client: Client) -> None:
    """Append some events and live on until killed."""
    for _, said in zip(range(MANY), placements(partner, spool), strict=False):
        tell(said.id)
    threading.Event().wait()


def append_and_end(partner: Partner, spool: Spool, _client: Client) -> None:
    """Append some events."""
    for _, said in zip(range(MANY), placements(partner, spool), strict=False):
        tell(said.id)


def stop_before_settling(_partner: Partner, spool: Spool, client: Client) -> None:
    """Send, and stand still where the door has answered and the spool does not know it yet."""

    class Crashing(Spool):
        def settle(self, judged: Iterable[tuple[Waiting, Result]]) -> None:
            tell(f"answered-{len(list(judged))}")
            threading.Event().wait()

    Sender(Crashing(spool.file), client).send()


def flood(partner: Partner, spool: Spool, client: Client) -> None:
    """Append in one thread and send in another, as fast as it goes, until killed."""

    def send() -> None:
        while True:
            Sender(spool, client).send()

    threading.Thread(target=send).start()
    for said in placements(partner, spool):
        tell(said.id)


DEEDS: Mapping[str, Callable[[Partner, Spool, Client], None]] = {
    "append": append,
    "append_and_end": append_and_end,
    "stop_before_settling": stop_before_settling,
    "flood": flood,
}

if __name__ == "__main__":
    deed, url, partner_id, key_file, spool_file = sys.argv[1:]
    told = Partner(partner_id, Path(key_file))
    DEEDS[deed](told, Spool(Path(spool_file)), Client(url, told))
