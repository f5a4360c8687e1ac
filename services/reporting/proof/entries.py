"""First leg of the proof: entries are what a fresh computation makes of the stored facts."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.postgres import Pool
from services.reporting.answering.reading import one_instant
from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import entries_of, merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.folding.store import Locked
from services.reporting.proof.certificate import Leg, Progress, silent
from services.reporting.proof.comparison import compare, look_at_number
from services.reporting.proof.manner import AT_ONCE, Manner
from services.reporting.proof.store import Evidence
from services.reporting.proof.suspicion import Finding, Kind, Suspect

END = 2**63 - 1
STRAYS_MAX = 100
COMPARES = "stored entries with entries computed anew from the stored facts"

Counts = Counter[tuple[int, Entry]]
Below = Callable[[int], int]
"""A whole number from 0 to below this one, by chance."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A slice of subjects: the last of them (None: there are no more), and who looks wrong."""

    last: int | None
    compared: int
    codes: frozenset[str]
    numbers: frozenset[int]


async def prove_entries(
    pool: Pool,
    catalogue: Sequence[Indicator],
    progress: Progress = silent,
    manner: Manner = AT_ONCE,
) -> Leg:
    """Compare slice by slice, each as of one instant; folding may go on meanwhile."""
    leg = Leg("entries", COMPARES)
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        total = await evidence.subjects()
        strays = await evidence.strays(STRAYS_MAX)
    await _look_again(pool, catalogue, frozenset(strays), leg, manner)
    after: int | None = 0
    done = 0
    while after is not None:
        after = await _prove_slice(pool, catalogue, after, leg, manner)
        done += manner.subjects
        progress(leg.name, min(done, total), total)
    return leg


async def prove_some_entries(
    pool: Pool,
    catalogue: Sequence[Indicator],
    below: Below,
    seconds: float,
    manner: Manner,
) -> Leg:
    """Compare from a subject met by chance onwards, and around, for as long or until all are."""
    leg = Leg("entries", f"{COMPARES}, for {seconds:.0f} seconds from one met by chance")
    async with one_instant(pool) as connection:
        greatest = await Evidence(connection).greatest_subject()
    begin = below(greatest + 1)
    after, is_around, ends_s = begin, False, time.monotonic() + seconds
    while time.monotonic() < ends_s and not (is_around and after >= begin):
        last = await _prove_slice(pool, catalogue, after, leg, manner)
        if last is None and is_around:
            break
        is_around = is_around or last is None
        after = last or 0
    return leg


async def _prove_slice(
    pool: Pool, catalogue: Sequence[Indicator], after: int, leg: Leg, manner: Manner
) -> int | None:
    """Prove the subjects after a number; gives the last one proved, None behind all of them."""
    begun_s = time.monotonic()
    looked = await _look(pool, catalogue, after, manner.subjects)
    leg.compared += looked.compared
    await _look_again(pool, catalogue, looked.codes, leg, manner)
    for number in sorted(looked.numbers):
        await _tell(await look_at_number(pool, catalogue, number), leg, manner)
    await manner.rest(begun_s)
    return looked.last


async def _look(pool: Pool, catalogue: Sequence[Indicator], after: int, size: int) -> Looked:
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        last = await evidence.slice(after, size)
        until = END if last is None else last
        codes = {each.code: each for each in await evidence.components(after, until)}
        facts, unreadable = await evidence.facts_of(codes)
        stored: Counts = Counter(await evidence.entries(after, until))
        unread = await evidence.subjects_of(unreadable)
    fresh = _computed(codes, facts, catalogue)
    apart = _apart(fresh, stored)
    found = await _codes_of(pool, apart) if apart else {}
    wrong = frozenset((*found.values(), *unread, *_wrong_roots(codes, facts)))
    return Looked(last, sum(stored.values()), wrong, frozenset(apart - found.keys()))


def _apart(fresh: Counts, stored: Counts) -> set[int]:
    """The subjects of which the two are not the same; as a rule none, which is seen quickly."""
    if dict(fresh) == dict(stored):
        return set()
    return {subject for subject, _ in (*(fresh - stored), *(stored - fresh))}


async def _codes_of(pool: Pool, numbers: Collection[int]) -> dict[int, str]:
    async with one_instant(pool) as connection:
        return await Evidence(connection).codes_of(numbers)


async def _look_again(
    pool: Pool, catalogue: Sequence[Indicator], codes: frozenset[str], leg: Leg, manner: Manner
) -> None:
    """Look a second time at each, and at all that are linked with it; what still differs counts."""
    seen: set[str] = set()
    for code in sorted(codes):
        if code in seen:
            continue
        apart = await compare(pool, catalogue, [code])
        seen |= apart.linked.codes
        if apart.differences:
            suspect = Suspect(Kind.SUBJECT, code)
            doubts = tuple(apart.doubts(catalogue))
            await _tell(Finding(suspect, apart.differences, doubts), leg, manner)


async def _tell(finding: Finding | None, leg: Leg, manner: Manner) -> None:
    if finding is not None:
        leg.differ(*finding.differences)
        await manner.found(finding)


def _wrong_roots(codes: Mapping[str, Locked], facts: Sequence[Fact]) -> Iterable[str]:
    """The codes whose root is not what the merges that stand say."""
    links = merge_links(facts)
    for one, other in links:
        if one not in codes or other not in codes:
            yield one
    for code, root in roots_of(codes, links).items():
        if codes[root].id != codes[code].root:
            yield code


def _computed(
    codes: Mapping[str, Locked], facts: Iterable[Fact], catalogue: Sequence[Indicator]
) -> Counts:
    told: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        told[codes[fact.subject].root].append(fact)
    return Counter(
        (root, entry) for root, each in told.items() for entry in entries_of(each, catalogue)
    )
