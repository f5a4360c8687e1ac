"""Entries as they are stored, each with the facts behind it; nothing of erased codes is shown."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.reporting.answering.steward import codes_of
from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import counted_of, merge_links
from services.reporting.counting.history import Fact, History, newest
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.explaining.rests import Records, rests_on

ERASED_PERSON = "erased person"


@dataclass(frozen=True, slots=True)
class Explained:
    """An entry with its subject and the facts on which it rests, the counted one first.

    Of an erased person both are left out. Without facts, but with its subject, it was stored by
    other definitions than this program's.
    """

    entry: Entry
    subject: str | None
    facts: tuple[Fact, ...]


class Part(NamedTuple):
    """The entries of one month whose counted fact one source told; None: of erased persons."""

    measure: str
    month: date
    source: str | None


class Size(NamedTuple):
    """How many distinct subjects and how many entries."""

    persons: int
    entries: int


class Person:
    """One stored subject: what all its codes have told, without what may not be shown."""

    def __init__(
        self, told: Iterable[Fact], erased: Collection[str], definitions: Sequence[Indicator]
    ) -> None:
        facts = list(told)
        self._definitions = definitions
        self._is_touched = not codes_of(facts).isdisjoint(erased)
        records = [fact for fact in newest(facts) if codes_of([fact]).isdisjoint(erased)]
        self._records: dict[str, Records] = {}
        self._counting: dict[Entry, deque[tuple[Fact, str]]] = defaultdict(deque)
        for root, mine in by_root(records).items():
            self._records[root] = Records(mine)
            for fact, entry in counted_of(History(mine), definitions):
                self._counting[entry].append((fact, root))

    def counted(self, entry: Entry) -> tuple[Fact, str] | None:
        """The fact that counts in the entry, and whose it is; each of several equal ones once."""
        found = self._counting.get(entry)
        return found.popleft() if found else None

    def explain(self, entry: Entry, subject: str) -> Explained:
        """The entry with its facts; `subject` names it if no fact does."""
        found = self.counted(entry)
        if found is None:
            return Explained(entry, None if self._is_touched else subject, ())
        fact, root = found
        facts = rests_on(fact, entry, self._records[root], self._definitions)
        return Explained(entry, root, tuple(facts))


def parts_of(person: Person, entries: Iterable[Entry]) -> Counter[Part]:
    """How many of one person's entries each part has."""
    found: Counter[Part] = Counter()
    for entry in entries:
        counted = person.counted(entry)
        source = counted[0].source if counted else None
        found[Part(entry.measure, entry.on.replace(day=1), source)] += 1
    return found


def sizes(people: Iterable[Counter[Part]]) -> Mapping[Part, Size]:
    """The parts of all of them; whoever is in several parts is counted in each."""
    found: dict[Part, Size] = {}
    for person in people:
        for part, entries in person.items():
            size = found.get(part, Size(0, 0))
            found[part] = Size(size.persons + 1, size.entries + entries)
    return dict(sorted(found.items(), key=lambda each: _order(each[0])))


def _order(part: Part) -> tuple[str, date, str]:
    return part.measure, part.month, part.source or ""


def by_root(records: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """Newest facts by the least code of those who are one person by them."""
    links = merge_links(records)
    roots = roots_of({fact.subject for fact in records}.union(*links), links)
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in records:
        found[roots[fact.subject]].append(fact)
    return found
