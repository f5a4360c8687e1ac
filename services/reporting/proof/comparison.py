"""The second look: all that is linked with a code, computed anew and compared with the stored."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.postgres import Pool
from services.reporting.answering.reading import one_instant
from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import entries_of, merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.folding.heard import Name
from services.reporting.folding.store import Locked
from services.reporting.proof.certificate import Difference
from services.reporting.proof.store import Evidence
from services.reporting.proof.suspicion import Finding, Kind, Suspect, lasting
from services.reporting.tables.doubt import Doubt, cells, joined

HOPS_MAX = 100
"""A chain of merges is followed so far; nobody is merged so often."""
DOUBTS_MAX = 100
"""For one suspect; more are joined into wider ones, because every question reads all of them."""

Counts = Counter[tuple[str, Entry]]
"""How often each entry is there, by the code of its subject."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Everybody linked with some codes, as stored at one instant; `facts` are all that they have.

    A code that facts name may be unknown: then it is not among the `subjects`.
    """

    codes: frozenset[str]
    subjects: Mapping[str, Locked]
    facts: tuple[Fact, ...]
    unreadable: tuple[Name, ...]
    stored: Counts


@dataclass(frozen=True, slots=True)
class Apart:
    """How stored entries and roots differ from what the facts say; the entries in doubt for it."""

    linked: Linked
    differences: tuple[Difference, ...]
    entries: tuple[Entry, ...]

    def doubts(self, catalogue: Iterable[Indicator]) -> list[Doubt]:
        """The cells in which the entries that differ count."""
        return joined(list(cells(self.entries, lasting(catalogue))), DOUBTS_MAX)


async def look_at_code(pool: Pool, catalogue: Sequence[Indicator], code: str) -> Finding | None:
    """What differs about a code and all that are linked with it, at this instant."""
    apart = await compare(pool, catalogue, [code])
    if not apart.differences:
        return None
    doubts = apart.doubts(catalogue)
    return Finding(Suspect(Kind.SUBJECT, code), apart.differences, tuple(doubts))


async def look_at_number(pool: Pool, catalogue: Sequence[Indicator], number: int) -> Finding | None:
    """The entries of a number that no code has: there must be none."""
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        is_known = bool(await evidence.codes_of([number]))
        stored = [] if is_known else await evidence.entries(number - 1, number)
    entries = [entry for _, entry in stored]
    if not entries:
        return None
    where = f"subject {number}, which is no subject"
    differences = tuple(Difference(where, f"1 too many: {told(entry)}") for entry in entries)
    doubts = joined(list(cells(entries, lasting(catalogue))), DOUBTS_MAX)
    return Finding(Suspect(Kind.NUMBER, number=number), differences, tuple(doubts))


async def compare(
    pool: Pool, catalogue: Sequence[Indicator], codes: Iterable[str], said: Sequence[Fact] = ()
) -> Apart:
    """Compare what is stored of codes, and of all linked with them, with what their facts say.

    `said` stands in for the stored facts of the same names, and beside the others.
    """
    async with one_instant(pool) as connection:
        linked = await _linked(Evidence(connection), frozenset(codes), said)
    return apart(linked, catalogue)


def apart(linked: Linked, catalogue: Sequence[Indicator]) -> Apart:
    """The differences, as the merges that stand link the codes."""
    right = roots_of(linked.codes, merge_links(linked.facts))
    told_of: dict[str, list[Fact]] = defaultdict(list)
    for fact in linked.facts:
        told_of[right[fact.subject]].append(fact)
    fresh = Counter(
        (root, entry) for root, each in told_of.items() for entry in entries_of(each, catalogue)
    )
    missing, extra = fresh - linked.stored, linked.stored - fresh
    roots = tuple(_wrong_roots(linked, right))
    differences = (
        *(Difference(f"fact {name[0]} {name[1]}", "cannot be read") for name in linked.unreadable),
        *roots,
        *(_difference(code, entry, f"{n} missing") for (code, entry), n in missing.items()),
        *(_difference(code, entry, f"{n} too many") for (code, entry), n in extra.items()),
    )
    # By a wrong root one person may be counted as two, whatever the entries are.
    doubted = (*fresh, *linked.stored) if roots else (*missing, *extra)
    return Apart(linked, differences, tuple(entry for _, entry in doubted))


def told(entry: Entry) -> str:
    """An entry in words."""
    until = f" until {entry.until}" if entry.until else ""
    return f"{entry.measure} on {entry.on}{until} in {entry.municipality or 'the country'}"


async def _linked(evidence: Evidence, codes: frozenset[str], said: Sequence[Fact]) -> Linked:
    """Follow stored roots and stated merges until nothing new is met."""
    names = {(fact.source, fact.event_id) for fact in said}
    for _ in range(HOPS_MAX):
        subjects = await evidence.components_of(codes)
        known = codes | subjects.keys()
        stored, unreadable = await evidence.facts_of(known)
        facts = [f for f in stored if (f.source, f.event_id) not in names]
        facts += [fact for fact in said if fact.subject in known]
        reached = known.union(*merge_links(facts))
        if reached == codes:
            break
        codes = reached
    by_number = {each.id: code for code, each in subjects.items()}
    entries = await evidence.entries_of(by_number)
    counts = Counter((by_number[number], entry) for number, entry in entries)
    return Linked(codes, subjects, tuple(facts), tuple(unreadable), counts)


def _wrong_roots(linked: Linked, right: Mapping[str, str]) -> Iterable[Difference]:
    """Codes have one root if and only if merges that stand link them."""
    with_facts = {fact.subject for fact in linked.facts}
    for code, root in sorted(right.items()):
        mine, its_root = linked.subjects.get(code), linked.subjects.get(root)
        if mine is None or its_root is None:
            if code in with_facts or code != root:
                yield Difference(f"code {code}", "its subject is not known")
        elif mine.root != its_root.id:
            yield Difference(f"code {code}", f"its root is {mine.root}, and must be {its_root.id}")


def _difference(code: str, entry: Entry, what: str) -> Difference:
    return Difference(f"code {code}", f"{what}: {told(entry)}")
