"""Stored entries with their supporting facts; facts of erased subjects are never included."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.reporting.domain.fold import entries_with_facts
from services.reporting.domain.history import Fact, History, newest
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.domain.linked_codes import facts_by_canonical_code
from services.reporting.lineage.supporting_facts import NewestFacts, supporting_facts
from services.reporting.queries.fact_effects import subject_codes

ERASED_PERSON = "erased person"


@dataclass(frozen=True, slots=True)
class EntryLineage:
    """An entry with its subject and supporting facts, the counted fact first.

    For an erased person `subject` is None and `facts` is empty. An entry that has a subject but no
    facts was computed by other definitions than this program's.
    """

    entry: Entry
    subject: str | None
    facts: tuple[Fact, ...]


class NumberPart(NamedTuple):
    """Entries of one month counted from one source's facts; None for erased persons."""

    measure: str
    month: date
    source: str | None


class PartSize(NamedTuple):
    """The number of distinct subjects and the number of entries."""

    persons: int
    entries: int


class SubjectLineage:
    """The facts of one stored subject under all its codes, without what may not be shown."""

    def __init__(
        self, facts: Sequence[Fact], erased: Collection[str], definitions: Sequence[Indicator]
    ) -> None:
        self._definitions = definitions
        self._has_erased_code = not subject_codes(facts).isdisjoint(erased)
        shown = [fact for fact in newest(facts) if subject_codes([fact]).isdisjoint(erased)]
        self._newest: dict[str, NewestFacts] = {}
        self._counted: dict[Entry, deque[tuple[Fact, str]]] = defaultdict(deque)
        for code, own in facts_by_canonical_code(shown).items():
            self._newest[code] = NewestFacts(own)
            for fact, entry in entries_with_facts(History(own), definitions):
                self._counted[entry].append((fact, code))

    def take_counted_fact(self, entry: Entry) -> tuple[Fact, str] | None:
        """Return the fact counted in the entry, and the code it belongs to.

        Each call consumes a fact: equal entries get one fact each. None if no fact is left.
        """
        found = self._counted.get(entry)
        return found.popleft() if found else None

    def trace(self, entry: Entry, subject: str) -> EntryLineage:
        """Return the entry with its supporting facts; `subject` names it if no fact does."""
        found = self.take_counted_fact(entry)
        if found is None:
            return EntryLineage(entry, None if self._has_erased_code else subject, ())
        fact, code = found
        facts = supporting_facts(fact, entry, self._newest[code], self._definitions)
        return EntryLineage(entry, code, tuple(facts))


def count_parts(person: SubjectLineage, entries: Iterable[Entry]) -> Counter[NumberPart]:
    """Count one person's entries by month and source."""
    found: Counter[NumberPart] = Counter()
    for entry in entries:
        counted = person.take_counted_fact(entry)
        source = counted[0].source if counted else None
        found[NumberPart(entry.measure, entry.on.replace(day=1), source)] += 1
    return found


def sum_parts(people: Iterable[Counter[NumberPart]]) -> Mapping[NumberPart, PartSize]:
    """Add up the parts of several persons; a person in several parts counts in each."""
    found: dict[NumberPart, PartSize] = {}
    for person in people:
        for part, entries in person.items():
            size = found.get(part, PartSize(0, 0))
            found[part] = PartSize(size.persons + 1, size.entries + entries)
    return dict(sorted(found.items(), key=lambda each: _order(each[0])))


def _order(part: NumberPart) -> tuple[str, date, str]:
    return part.measure, part.month, part.source or ""
