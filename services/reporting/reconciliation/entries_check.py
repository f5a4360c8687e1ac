"""First check: stored entries equal those recomputed from the stored facts."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.storage.pool import Pool
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.domain.linked_codes import canonical_codes, group_facts, merge_links
from services.reporting.projection.repository import LockedSubject
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.model import (
    NO_PAUSE,
    Check,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    Pacing,
    Progress,
    no_progress,
)
from services.reporting.reconciliation.queries import ReconciliationQueries
from services.reporting.reconciliation.recompute import check_unknown_subject, compare_linked

_END = 2**63 - 1
"""The greatest subject id."""
_ORPHANS_MAX = 100
"""Facts without a subject that are reported one by one."""
_COMPARES = "stored entries with entries recomputed from the stored facts"

_Counts = Counter[tuple[int, Entry]]
RandomBelow = Callable[[int], int]
"""Returns a random whole number from 0 to below its argument."""


@dataclass(frozen=True, slots=True)
class _SliceResult:
    """A slice of subjects: the last of them (None: no more), and whose entries look wrong."""

    last: int | None
    compared: int
    codes: frozenset[str]
    unknown_ids: frozenset[int]


async def check_entries(
    pool: Pool,
    catalogue: Sequence[Indicator],
    progress: Progress = no_progress,
    pacing: Pacing = NO_PAUSE,
) -> Check:
    """Compare slice by slice, each in one snapshot; the projection may go on."""
    check = Check("entries", _COMPARES)
    async with snapshot(pool) as connection:
        queries = ReconciliationQueries(connection)
        total = await queries.subject_count()
        orphans = await queries.subjects_without_row(_ORPHANS_MAX)
    await _recheck(pool, catalogue, frozenset(orphans), check, pacing)
    after: int | None = 0
    done = 0
    while after is not None:
        after = await _check_slice(pool, catalogue, after, check, pacing)
        done += pacing.subjects
        progress(check.name, min(done, total), total)
    return check


async def sample_entries(
    pool: Pool,
    catalogue: Sequence[Indicator],
    below: RandomBelow,
    seconds: float,
    pacing: Pacing,
) -> Check:
    """Compare from a random subject onwards, wrapping around, until the time is up."""
    check = Check("entries", f"{_COMPARES}, for {seconds:.0f} seconds from a random subject")
    async with snapshot(pool) as connection:
        greatest = await ReconciliationQueries(connection).greatest_subject_id()
    begin = below(greatest + 1)
    after, is_around, ends_s = begin, False, time.monotonic() + seconds
    while time.monotonic() < ends_s and not (is_around and after >= begin):
        last = await _check_slice(pool, catalogue, after, check, pacing)
        if last is None and is_around:
            break
        is_around = is_around or last is None
        after = last or 0
    return check


async def _check_slice(
    pool: Pool, catalogue: Sequence[Indicator], after: int, check: Check, pacing: Pacing
) -> int | None:
    """Check the subjects after an id; return the last one checked, None after the final slice."""
    begun_s = time.monotonic()
    result = await _compare_slice(pool, catalogue, after, pacing.subjects)
    check.compared += result.compared
    await _recheck(pool, catalogue, result.codes, check, pacing)
    for subject_id in sorted(result.unknown_ids):
        await _report(await check_unknown_subject(pool, catalogue, subject_id), check, pacing)
    await pacing.pause_after(begun_s)
    return result.last


async def _compare_slice(
    pool: Pool, catalogue: Sequence[Indicator], after: int, size: int
) -> _SliceResult:
    async with snapshot(pool) as connection:
        queries = ReconciliationQueries(connection)
        last = await queries.last_of_slice(after, size)
        until = _END if last is None else last
        codes = {each.code: each for each in await queries.components(after, until)}
        facts, unreadable = await queries.facts_of(codes)
        stored: _Counts = Counter(await queries.entries(after, until))
        unread = await queries.subjects_of(unreadable)
    recomputed = _recomputed(codes, facts, catalogue)
    difference = _differing_subjects(recomputed, stored)
    found = await _codes_of(pool, difference) if difference else {}
    wrong = frozenset((*found.values(), *unread, *_wrong_links(codes, facts)))
    return _SliceResult(last, sum(stored.values()), wrong, frozenset(difference - found.keys()))


def _differing_subjects(recomputed: _Counts, stored: _Counts) -> set[int]:
    """Return the subjects whose entries differ; as a rule none, which is found out quickly."""
    if dict(recomputed) == dict(stored):
        return set()
    return {subject for subject, _ in (*(recomputed - stored), *(stored - recomputed))}


async def _codes_of(pool: Pool, subject_ids: Collection[int]) -> dict[int, str]:
    async with snapshot(pool) as connection:
        return await ReconciliationQueries(connection).codes_of(subject_ids)


async def _recheck(
    pool: Pool, catalogue: Sequence[Indicator], codes: frozenset[str], check: Check, pacing: Pacing
) -> None:
    """Check each code a second time with all that is linked; report what still differs."""
    seen: set[str] = set()
    for code in sorted(codes):
        if code in seen:
            continue
        difference = await compare_linked(pool, catalogue, [code])
        seen |= difference.linked.codes
        if difference.differences:
            discrepancy = Discrepancy(DiscrepancyKind.SUBJECT, code)
            holds = tuple(difference.holds(catalogue))
            await _report(Finding(discrepancy, difference.differences, holds), check, pacing)


async def _report(finding: Finding | None, check: Check, pacing: Pacing) -> None:
    if finding is not None:
        check.add(*finding.differences)
        await pacing.on_finding(finding)


def _wrong_links(codes: Mapping[str, LockedSubject], facts: Sequence[Fact]) -> Iterable[str]:
    """Yield the codes whose stored links contradict the valid merges."""
    links = merge_links(facts)
    for one, other in links:
        if one not in codes or other not in codes:
            yield one
    for code, canonical_code in canonical_codes(codes, links).items():
        if codes[canonical_code].id != codes[code].canonical_id:
            yield code


def _recomputed(
    codes: Mapping[str, LockedSubject], facts: Iterable[Fact], catalogue: Sequence[Indicator]
) -> _Counts:
    canonical_ids = {code: subject.canonical_id for code, subject in codes.items()}
    return Counter(
        (subject_id, entry)
        for subject_id, each in group_facts(facts, canonical_ids).items()
        for entry in entries_of(each, catalogue)
    )
