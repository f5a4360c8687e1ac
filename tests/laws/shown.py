"""The product's tables of a log, counted in memory from what its pure fold gives."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeAlias

from schemas.attributes import instant_of
from schemas.periods import parse
from services.reporting.counting import fold
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry
from services.reporting.counting.known import entries_known_at, groups
from services.reporting.tables.memory import values
from services.reporting.tables.table import Table
from tests.laws.product import CATALOGUE, MEASURES, facts_by_code, roots_of
from tests.reference.plain import Event
from tests.reference.tables import Question

Subjects: TypeAlias = list[tuple[str, Entry]]


def entries(events: Iterable[Event], known_at: str | None = None) -> Subjects:
    """All entries of a log, each with its subject; as known now, or at an instant (RFC 3339)."""
    if known_at is not None:
        return list(known_entries(events, known_at))
    facts = facts_by_code(events)
    roots = roots_of(facts)
    return [
        (root, entry)
        for root in sorted(set(roots.values()))
        for entry in fold.entries_of(
            [fact for code, said in facts.items() if roots[code] == root for fact in said],
            CATALOGUE,
        )
    ]


def known_entries(events: Iterable[Event], instant: str) -> Iterator[tuple[str, Entry]]:
    """The entries as they were known at an instant, each group folded by itself."""
    facts = facts_by_code(events)
    every = [fact for said in facts.values() for fact in said]
    links = {link for fact in every for link in fold.merge_links([fact])}
    for codes in groups(facts, links):
        told: list[Fact] = [fact for code in codes for fact in facts.get(code, ())]
        yield from entries_known_at(told, CATALOGUE, instant_of(instant, "known_at"))


def rows(
    counted: Subjects, question: Question, today: date
) -> dict[str | None, tuple[object, str]]:
    """Value and state of every bucket of one table."""
    shown = values(asked(question), counted, today)
    return {row.bucket: (row.value, str(row.state)) for row in shown}


def asked(question: Question) -> Table:
    """The table that a question of the reference asks for."""
    indicator, measure = MEASURES[question.measure]
    return Table(indicator, measure, question.place, parse(question.period), question.split)
