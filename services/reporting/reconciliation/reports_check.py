"""Third check: through which day partners have reported equals what the facts say."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from runtime.storage.pool import Pool
from schemas.territory import COUNCILS
from services.reporting.completeness.loading import current_reported_through
from services.reporting.completeness.model import ReportKey, measure_domains, reported_through
from services.reporting.completeness.repository import CompletenessRepository
from services.reporting.domain.indicator import Indicator
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.entries_check import RandomBelow
from services.reporting.reconciliation.model import (
    NO_PAUSE,
    Check,
    Difference,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    Pacing,
    Progress,
    no_progress,
)
from services.reporting.reconciliation.recompute import HOLDS_MAX
from services.reporting.tables.holds import Hold, merge_holds

_COMPARES = "through which day partners have reported, as published, with the stored facts"
_SLICE_COUNCILS = 10
"""Some hundredths of a second, if partners have reported daily for years."""
_ONE_DAY = timedelta(days=1)

_WrongReports = Mapping[ReportKey, tuple[date | None, date | None]]
"""The published day and the day according to the facts, where they differ."""


async def check_reports(
    pool: Pool,
    catalogue: Sequence[Indicator],
    progress: Progress = no_progress,
    pacing: Pacing = NO_PAUSE,
) -> Check:
    """Compare some councils at a time, each slice in one snapshot; the projection may go on."""
    check, councils = Check("reports", _COMPARES), sorted(COUNCILS)
    for done, some in _slices(councils):
        await _check_councils(pool, catalogue, some, check, pacing)
        progress(check.name, done, len(councils))
    return check


async def sample_reports(
    pool: Pool, catalogue: Sequence[Indicator], below: RandomBelow, seconds: float, pacing: Pacing
) -> Check:
    """Compare from a random council onwards, wrapping around, until the time is up."""
    check = Check("reports", f"{_COMPARES}, for {seconds:.0f} seconds from a random council")
    councils = sorted(COUNCILS)
    begin, ends_s = below(len(councils)), time.monotonic() + seconds
    for _, some in _slices((*councils[begin:], *councils[:begin])):
        if time.monotonic() > ends_s:
            break
        await _check_councils(pool, catalogue, some, check, pacing)
    return check


async def check_council_reports(
    pool: Pool, catalogue: Sequence[Indicator], council: str
) -> Finding | None:
    """Return what differs now about the reports on a council."""
    _, wrong = await _compare_reports(pool, [council])
    if not wrong:
        return None
    differences = tuple(
        Difference(
            f"reports of {organisation} on {domain} in {council}",
            f"published through {published or 'no day'}, the facts say {correct or 'no day'}",
        )
        for (organisation, domain, _), (published, correct) in sorted(wrong.items())
    )
    holds = merge_holds(list(dict.fromkeys(_holds(catalogue, wrong))), HOLDS_MAX)
    return Finding(Discrepancy(DiscrepancyKind.REPORTS, council), differences, tuple(holds))


async def _check_councils(
    pool: Pool,
    catalogue: Sequence[Indicator],
    councils: Sequence[str],
    check: Check,
    pacing: Pacing,
) -> None:
    """Compare councils, and a second time where something differs; report what still does."""
    begun_s = time.monotonic()
    compared, wrong = await _compare_reports(pool, councils)
    check.compared += compared
    for council in sorted({key[2] for key in wrong}):
        finding = await check_council_reports(pool, catalogue, council)
        if finding is not None:
            check.add(*finding.differences)
            await pacing.on_finding(finding)
    await pacing.pause_after(begun_s)


def _slices(councils: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield some councils, and how many have been checked with them."""
    for begin in range(0, len(councils), _SLICE_COUNCILS):
        some = councils[begin : begin + _SLICE_COUNCILS]
        yield begin + len(some), some


async def _compare_reports(pool: Pool, councils: Collection[str]) -> tuple[int, _WrongReports]:
    """Compare what readers get about councils with a new computation from all their facts."""
    async with snapshot(pool) as connection:
        repository = CompletenessRepository(connection)
        published = await current_reported_through(repository, councils)
        correct = reported_through(await repository.reports(councils), councils)
    keys = published.keys() | correct.keys()
    return len(keys), {
        key: (published.get(key), correct.get(key))
        for key in keys
        if published.get(key) != correct.get(key)
    }


def _holds(catalogue: Iterable[Indicator], wrong: _WrongReports) -> Iterator[Hold]:
    """Yield holds on the domain's measures where a zero may be shown as silent, or the reverse.

    Both days agree on periods whose reports are due by the earlier day or after the later one.
    """
    named = [each for indicator in catalogue for each in indicator.named_measures]
    for (_, domain, council), days in wrong.items():
        known = [day for day in days if day is not None]
        begins = None if None in days else (min(known) + _ONE_DAY).replace(day=1)
        ends = (max(known) + _ONE_DAY).replace(day=1)  # today's period is due through yesterday
        for name, measure in named:
            if domain in measure_domains(measure):
                yield Hold(name, council, begins, ends)
