"""Recomputes everything linked with a code, and compares it with what is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.storage.pool import Pool
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.domain.linked_codes import canonical_codes, group_facts, merge_links
from services.reporting.projection.decode import EventKey
from services.reporting.projection.repository import LockedSubject
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.model import (
    Difference,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    open_ended_measures,
)
from services.reporting.reconciliation.queries import ReconciliationQueries
from services.reporting.tables.holds import Hold, holds_on_entries, merge_holds

_MERGE_HOPS_MAX = 100
"""The longest chain of merges that is followed; nobody is merged so often."""
HOLDS_MAX = 100
"""Per discrepancy; more are joined into wider ones, because every query reads all of them."""

Counts = Counter[tuple[str, Entry]]
"""How often each entry occurs, by the code of its subject."""


@dataclass(frozen=True, slots=True)
class LinkedState:
    """Everything linked with some codes, as stored in one snapshot; `facts` are all their facts.

    A code that facts mention may be unknown: then it is not in `subjects`.
    """

    codes: frozenset[str]
    subjects: Mapping[str, LockedSubject]
    facts: tuple[Fact, ...]
    unreadable: tuple[EventKey, ...]
    stored: Counts


@dataclass(frozen=True, slots=True)
class LinkedDifference:
    """How stored entries and links differ from the facts, and which entries are affected."""

    linked: LinkedState
    differences: tuple[Difference, ...]
    entries: tuple[Entry, ...]

    def holds(self, catalogue: Iterable[Indicator]) -> list[Hold]:
        """Return holds on the cells in which the affected entries count."""
        return merge_holds(
            list(holds_on_entries(self.entries, open_ended_measures(catalogue))), HOLDS_MAX
        )


async def check_code(pool: Pool, catalogue: Sequence[Indicator], code: str) -> Finding | None:
    """Return what differs now about a code and all codes linked with it."""
    difference = await compare_linked(pool, catalogue, [code])
    if not difference.differences:
        return None
    holds = difference.holds(catalogue)
    return Finding(Discrepancy(DiscrepancyKind.SUBJECT, code), difference.differences, tuple(holds))


async def check_unknown_subject(
    pool: Pool, catalogue: Sequence[Indicator], subject_id: int
) -> Finding | None:
    """Return the entries of a subject id that no code has: there must be none."""
    async with snapshot(pool) as connection:
        queries = ReconciliationQueries(connection)
        is_known = bool(await queries.codes_of([subject_id]))
        stored = [] if is_known else await queries.entries(subject_id - 1, subject_id)
    entries = [entry for _, entry in stored]
    if not entries:
        return None
    where = f"subject id {subject_id}, which no code has"
    differences = tuple(
        Difference(where, f"1 too many: {_describe_entry(entry)}") for entry in entries
    )
    holds = merge_holds(list(holds_on_entries(entries, open_ended_measures(catalogue))), HOLDS_MAX)
    return Finding(
        Discrepancy(DiscrepancyKind.UNKNOWN_SUBJECT, number=subject_id), differences, tuple(holds)
    )


async def compare_linked(
    pool: Pool, catalogue: Sequence[Indicator], codes: Iterable[str], published: Sequence[Fact] = ()
) -> LinkedDifference:
    """Compare what is stored of codes, and of all linked with them, with their facts.

    `published` are facts as the log has them: they replace stored facts of the same names.
    """
    async with snapshot(pool) as connection:
        linked = await _linked(ReconciliationQueries(connection), frozenset(codes), published)
    return _diff_linked(linked, catalogue)


def _diff_linked(linked: LinkedState, catalogue: Sequence[Indicator]) -> LinkedDifference:
    """Return the differences, given the merges that are valid now."""
    correct = canonical_codes(linked.codes, merge_links(linked.facts))
    recomputed = Counter(
        (code, entry)
        for code, each in group_facts(linked.facts, correct).items()
        for entry in entries_of(each, catalogue)
    )
    missing, extra = recomputed - linked.stored, linked.stored - recomputed
    links = tuple(_wrong_links(linked, correct))
    differences = (
        *(Difference(f"fact {name[0]} {name[1]}", "cannot be read") for name in linked.unreadable),
        *links,
        *(_difference(code, entry, f"{n} missing") for (code, entry), n in missing.items()),
        *(_difference(code, entry, f"{n} too many") for (code, entry), n in extra.items()),
    )
    # With a wrong link one person may be counted as two, whatever the entries are.
    affected = (*recomputed, *linked.stored) if links else (*missing, *extra)
    return LinkedDifference(linked, differences, tuple(entry for _, entry in affected))


def _describe_entry(entry: Entry) -> str:
    """Describe an entry in words."""
    until = f" until {entry.until}" if entry.until else ""
    return f"{entry.measure} on {entry.on}{until} in {entry.municipality or 'the country'}"


async def _linked(
    queries: ReconciliationQueries, codes: frozenset[str], published: Sequence[Fact]
) -> LinkedState:
    """Follow stored links and recorded merges until nothing new is found."""
    names = {(fact.source, fact.event_id) for fact in published}
    for _ in range(_MERGE_HOPS_MAX):
        subjects = await queries.components_of(codes)
        known = codes | subjects.keys()
        stored, unreadable = await queries.facts_of(known)
        facts = [f for f in stored if (f.source, f.event_id) not in names]
        facts += [fact for fact in published if fact.subject in known]
        reached = known.union(*merge_links(facts))
        if reached == codes:
            break
        codes = reached
    code_by_id = {each.id: code for code, each in subjects.items()}
    entries = await queries.entries_of(code_by_id)
    counts = Counter((code_by_id[subject_id], entry) for subject_id, entry in entries)
    return LinkedState(codes, subjects, tuple(facts), tuple(unreadable), counts)


def _wrong_links(linked: LinkedState, correct: Mapping[str, str]) -> Iterable[Difference]:
    """Yield wrong canonical ids: codes share one if and only if valid merges link them."""
    with_facts = {fact.subject for fact in linked.facts}
    for code, canonical_code in sorted(correct.items()):
        subject, canonical = linked.subjects.get(code), linked.subjects.get(canonical_code)
        if subject is None or canonical is None:
            if code in with_facts or code != canonical_code:
                yield Difference(f"code {code}", "its subject is not known")
        elif subject.canonical_id != canonical.id:
            yield Difference(
                f"code {code}",
                f"its canonical id is {subject.canonical_id}, and must be {canonical.id}",
            )


def _difference(code: str, entry: Entry, what: str) -> Difference:
    return Difference(f"code {code}", f"{what}: {_describe_entry(entry)}")
