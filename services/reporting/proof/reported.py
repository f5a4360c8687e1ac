"""Third leg of the proof: through which day partners have reported is what the facts say."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from runtime.postgres import Pool
from schemas.territory import COUNCILS
from services.reporting.answering.reading import one_instant
from services.reporting.counting.indicator import Indicator
from services.reporting.expecting.completeness import Key, domains_of, through_of
from services.reporting.expecting.reading import reported_by
from services.reporting.expecting.store import Ledger
from services.reporting.proof.certificate import Difference, Leg, Progress, silent
from services.reporting.proof.comparison import DOUBTS_MAX
from services.reporting.proof.entries import Below
from services.reporting.proof.manner import AT_ONCE, Manner
from services.reporting.proof.suspicion import Finding, Kind, Suspect
from services.reporting.tables.doubt import Doubt, joined

COMPARES = "through which day partners have reported, as published, with the stored facts"
SLICE_COUNCILS = 10
"""Some hundredths of a second, if partners have reported daily for years."""
A_DAY = timedelta(days=1)

Apart = Mapping[Key, tuple[date | None, date | None]]
"""The day that readers are told and the day that the facts say, where they are not the same."""


async def prove_reported(
    pool: Pool,
    catalogue: Sequence[Indicator],
    progress: Progress = silent,
    manner: Manner = AT_ONCE,
) -> Leg:
    """Compare some councils at a time, each as of one instant; folding may go on meanwhile."""
    leg, councils = Leg("reported", COMPARES), sorted(COUNCILS)
    for done, some in _slices(councils):
        await _prove(pool, catalogue, some, leg, manner)
        progress(leg.name, done, len(councils))
    return leg


async def prove_some_reported(
    pool: Pool, catalogue: Sequence[Indicator], below: Below, seconds: float, manner: Manner
) -> Leg:
    """Compare from a council met by chance onwards, and around, for as long or until all are."""
    leg = Leg("reported", f"{COMPARES}, for {seconds:.0f} seconds from a council met by chance")
    councils = sorted(COUNCILS)
    begin, ends_s = below(len(councils)), time.monotonic() + seconds
    for _, some in _slices((*councils[begin:], *councils[:begin])):
        if time.monotonic() > ends_s:
            break
        await _prove(pool, catalogue, some, leg, manner)
    return leg


async def look_at_reports(
    pool: Pool, catalogue: Sequence[Indicator], council: str
) -> Finding | None:
    """What differs about the reports on a council, at this instant."""
    _, apart = await _compare(pool, [council])
    if not apart:
        return None
    differences = tuple(
        Difference(
            f"reports of {organisation} on {domain} in {council}",
            f"told through {told or 'no day'}, the facts say {right or 'no day'}",
        )
        for (organisation, domain, _), (told, right) in sorted(apart.items())
    )
    doubts = joined(list(dict.fromkeys(_doubts(catalogue, apart))), DOUBTS_MAX)
    return Finding(Suspect(Kind.REPORTS, council), differences, tuple(doubts))


async def _prove(
    pool: Pool, catalogue: Sequence[Indicator], councils: Sequence[str], leg: Leg, manner: Manner
) -> None:
    """Look at councils, and a second time where something differs; what still does counts."""
    begun_s = time.monotonic()
    compared, apart = await _compare(pool, councils)
    leg.compared += compared
    for council in sorted({key[2] for key in apart}):
        finding = await look_at_reports(pool, catalogue, council)
        if finding is not None:
            leg.differ(*finding.differences)
            await manner.found(finding)
    await manner.rest(begun_s)


def _slices(councils: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Some councils, and how many have been looked at with them."""
    for begin in range(0, len(councils), SLICE_COUNCILS):
        some = councils[begin : begin + SLICE_COUNCILS]
        yield begin + len(some), some


async def _compare(pool: Pool, councils: Collection[str]) -> tuple[int, Apart]:
    """What readers are told of councils beside what a fresh look at all their facts gives."""
    async with one_instant(pool) as connection:
        ledger = Ledger(connection)
        told = await reported_by(ledger, councils)
        right = through_of(await ledger.reports(councils), councils)
    keys = told.keys() | right.keys()
    return len(keys), {
        key: (told.get(key), right.get(key)) for key in keys if told.get(key) != right.get(key)
    }


def _doubts(catalogue: Iterable[Indicator], apart: Apart) -> Iterator[Doubt]:
    """The measures of the domain, over the months in which zero and silence may be mistaken.

    Both days call the same periods silent whose reports are due by the earlier or after the later.
    """
    named = [each for indicator in catalogue for each in indicator.named_measures]
    for (_, domain, council), days in apart.items():
        known = [day for day in days if day is not None]
        begins = None if None in days else (min(known) + A_DAY).replace(day=1)
        ends = (max(known) + A_DAY).replace(day=1)  # what runs today is due through yesterday
        for name, measure in named:
            if domain in domains_of(measure):
                yield Doubt(name, council, begins, ends)
