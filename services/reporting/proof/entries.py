"""First leg of the proof: entries are what a fresh computation makes of the stored facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from runtime.postgres import Pool
from services.reporting.answering.reading import one_instant
from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import entries_of, merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.folding.store import Book, Locked
from services.reporting.proof.certificate import Leg, Progress
from services.reporting.proof.store import Evidence

SLICE_SUBJECTS = 1000
"""Some tenths of a second: no transaction of the proof holds back the database's cleaning."""
END = 2**63 - 1
STRAYS_MAX = 100

Counts = Counter[tuple[int, Entry]]


async def prove_entries(pool: Pool, catalogue: Sequence[Indicator], progress: Progress) -> Leg:
    """Compare slice by slice, each as of one instant; folding may go on meanwhile."""
    leg = Leg("entries", "stored entries with entries computed anew from the stored facts")
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        total = await evidence.subjects()
        for source, event_id in await evidence.stray_facts(STRAYS_MAX):
            leg.differ(f"fact {source} {event_id}", "its subject is not known")
    after: int | None = 0
    done = 0
    while after is not None:
        done += SLICE_SUBJECTS
        after = await _prove_slice(pool, catalogue, after, leg)
        progress(leg.name, min(done, total), total)
    return leg


async def _prove_slice(
    pool: Pool, catalogue: Sequence[Indicator], after: int, leg: Leg
) -> int | None:
    """Prove the subjects after a number; gives the last one proved, None behind all of them."""
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        last = await evidence.slice(after, SLICE_SUBJECTS)
        until = END if last is None else last
        codes = {each.code: each for each in await evidence.components(after, until)}
        facts = await Book(connection).facts_of(codes)
        stored: Counts = Counter(await evidence.entries(after, until))
    _compare_roots(codes, facts, leg)
    fresh = _computed(codes, facts, catalogue)
    leg.compared += sum(stored.values())
    for (subject, entry), times in (fresh - stored).items():
        leg.differ(f"subject {subject}", f"{times} missing: {_told(entry)}")
    for (subject, entry), times in (stored - fresh).items():
        leg.differ(f"subject {subject}", f"{times} too many: {_told(entry)}")
    return last


def _compare_roots(codes: Mapping[str, Locked], facts: Sequence[Fact], leg: Leg) -> None:
    """Codes have one root if and only if merges that stand link them."""
    links = merge_links(facts)
    for one, other in links:
        if one not in codes or other not in codes:
            leg.differ(f"codes {one}, {other}", "linked by a merge, but not one subject")
    for code, root in roots_of(codes, links).items():
        if codes[root].id != codes[code].root:
            stored, right = codes[code].root, codes[root].id
            leg.differ(f"code {code}", f"its root is {stored}, and must be {right}")


def _computed(
    codes: Mapping[str, Locked], facts: Iterable[Fact], catalogue: Sequence[Indicator]
) -> Counts:
    told: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        told[codes[fact.subject].root].append(fact)
    return Counter(
        (root, entry) for root, each in told.items() for entry in entries_of(each, catalogue)
    )


def _told(entry: Entry) -> str:
    until = f" until {entry.until}" if entry.until else ""
    return f"{entry.measure} on {entry.on}{until} in {entry.municipality or 'the country'}"
