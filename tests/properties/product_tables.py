"""The product's tables of a log, counted in memory from the entries of its pure fold."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeAlias

from schemas.periods import parse_period
from schemas.validation.decode import parse_instant
from services.reporting.domain import fold, linked_codes
from services.reporting.domain.as_of import entries_as_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry
from services.reporting.domain.linked_codes import linked_groups
from services.reporting.tables.in_memory import values_in_memory
from services.reporting.tables.table import Table
from tests.properties.product import CATALOGUE, MEASURES, canonical_codes, facts_by_code
from tests.reference.shapes import Event
from tests.reference.tables import Question

SubjectEntries: TypeAlias = list[tuple[str, Entry]]


def entries(events: Iterable[Event], as_of: str | None = None) -> SubjectEntries:
    """Return all entries of a log with their subjects, now or as of an instant (RFC 3339)."""
    if as_of is not None:
        return list(entries_recorded_by(events, as_of))
    facts = facts_by_code(events)
    canonical = canonical_codes(facts)
    return [
        (code_of_group, entry)
        for code_of_group in sorted(set(canonical.values()))
        for entry in fold.entries_of(
            [
                fact
                for code, facts_of_code in facts.items()
                if canonical[code] == code_of_group
                for fact in facts_of_code
            ],
            CATALOGUE,
        )
    ]


def entries_recorded_by(events: Iterable[Event], instant: str) -> Iterator[tuple[str, Entry]]:
    """Yield the entries as of an instant; each group of linked codes is folded separately."""
    facts = facts_by_code(events)
    every = [fact for facts_of_code in facts.values() for fact in facts_of_code]
    links = {link for fact in every for link in linked_codes.merge_links([fact])}
    for codes in linked_groups(facts, links):
        group: list[Fact] = [fact for code in codes for fact in facts.get(code, ())]
        yield from entries_as_of(group, CATALOGUE, parse_instant(instant, "as_of"))


def rows(
    counted: SubjectEntries, question: Question, today: date
) -> dict[str | None, tuple[object, str]]:
    """Return value and state of every bucket of one table."""
    shown = values_in_memory(product_table(question), counted, today)
    return {row.bucket: (row.value, str(row.state)) for row in shown}


def product_table(question: Question) -> Table:
    """Return the product's table of a question of the reference."""
    indicator, measure = MEASURES[question.measure]
    return Table(indicator, measure, question.place, parse_period(question.period), question.split)
