"""The lineage of a number is right for any log: entries, supporting facts, and changes."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from runtime.process.clock import belgrade_day
from schemas.validation.decode import parse_instant
from services.reporting.domain.fold import entries_with_facts
from services.reporting.domain.history import Fact, History, newest
from services.reporting.domain.indicator import Entry as Counted
from services.reporting.domain.indicator import Indicator
from services.reporting.domain.linked_codes import (
    facts_by_canonical_code,
    linked_groups,
    merge_links,
)
from services.reporting.lineage.attribution import NO_CONTRIBUTION, Interval, attribute_changes
from services.reporting.lineage.supporting_facts import NewestFacts, supporting_facts
from services.reporting.tables.in_memory import SubjectEntry
from services.reporting.tables.table import TOTAL, Table
from tests.properties.agreement import BLOCK, FIRST_SEED, LOGS
from tests.properties.product import CATALOGUE, facts_by_code
from tests.properties.product_tables import product_table
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.measures import MEASURES
from tests.reference.shapes import Entry
from tests.reference.tables import Question, buckets_in, falls_in, questions
from tests.reference.tables import table as table_of

QUESTIONS_PER_LOG = 8
Plain = tuple[str, date, date | None, str, Decimal]
SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 8)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]


def fact_groups(seed: int) -> Iterator[list[Fact]]:
    """Yield all facts of each group of codes that were ever linked."""
    facts = facts_by_code(random_log(seed))
    links = {link for of_code in facts.values() for fact in of_code for link in merge_links([fact])}
    for codes in linked_groups(facts, links):
        yield [fact for code in codes for fact in facts.get(code, ())]


def entries_with_counted_facts(
    facts: list[Fact], indicator: Indicator
) -> Iterator[tuple[Fact, SubjectEntry]]:
    """Yield every entry of an indicator with the fact that is counted in it."""
    for root, records in facts_by_canonical_code(newest(facts)).items():
        for fact, entry in entries_with_facts(History(records), [indicator]):
            yield fact, (root, entry)


def yields_entry(facts: list[Fact], counted: Fact, subject_entry: SubjectEntry) -> bool:
    """Whether these facts alone yield the entry, with the same counted fact."""
    return any(
        fact is counted and entry == subject_entry[1]
        for root, records in facts_by_canonical_code(facts).items()
        for fact, entry in entries_with_facts(History(records), CATALOGUE)
    )


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_the_supporting_facts_of_an_entry_yield_it_and_all_are_necessary(seeds: range) -> None:
    for seed in seeds:
        for facts in fact_groups(seed):
            for indicator in CATALOGUE:
                for counted, (root, entry) in entries_with_counted_facts(facts, indicator):
                    supporting = supporting_facts(
                        counted,
                        entry,
                        NewestFacts(facts_by_canonical_code(newest(facts))[root]),
                        [indicator],
                    )

                    assert supporting[0] is counted
                    assert yields_entry(supporting, counted, (root, entry)), f"seed {seed}: {entry}"
                    for needed in supporting[1:]:
                        fewer = [fact for fact in supporting if fact is not needed]
                        assert not yields_entry(fewer, counted, (root, entry)), (
                            f"seed {seed}: {entry}"
                        )


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_attributed_changes_add_up_to_the_difference_between_two_instants(seeds: range) -> None:
    for seed in seeds:
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        since, until = sorted(chance.sample(RECORDED, 2))
        was, is_now = entries_of(events, since), entries_of(events, until)
        people = list(fact_groups(seed))
        for question in some_of(questions(was + is_now), chance):
            bucket = chance.choice(buckets(question, was + is_now))
            net, moved = attributed(people, product_table(question), bucket, interval(since, until))

            kind = MEASURES[question.measure].kind
            if kind != "observed":
                assert moved == difference(question, bucket, was, is_now), f"{seed}: {question}"
            if kind != "duration":
                before, after = (number(question, bucket, each) for each in (was, is_now))
                assert before + net == after, f"seed {seed}: {question} {bucket}"


def attributed(
    people: list[list[Fact]], table: Table, bucket: str | None, between: Interval
) -> tuple[Decimal, Counter[Plain]]:
    """Return the net of all changes, and the added (or, negative, removed) entries."""
    net, moved = NO_CONTRIBUTION, Counter[Plain]()
    for facts in people:
        for change in attribute_changes(facts, [table], bucket, between):
            net = net.add(change.net)
            moved.update(plain(subject, entry) for subject, entry in change.added)
            moved.subtract(plain(subject, entry) for subject, entry in change.removed)
    return net.number, without_zeros(moved)


def difference(
    question: Question, bucket: str | None, was: list[Entry], is_now: list[Entry]
) -> Counter[Plain]:
    """Return the same from the reference's entries at both instants."""
    moved = Counter(plain_reference_entry(entry) for entry in entries_in(question, bucket, is_now))
    moved.subtract(plain_reference_entry(entry) for entry in entries_in(question, bucket, was))
    return without_zeros(moved)


def entries_in(question: Question, bucket: str | None, entries: list[Entry]) -> list[Entry]:
    """Return the reference's entries that a number counts."""
    found = [entry for entry in entries if falls_in(entry, question)]
    return [e for e in found if (bucket or TOTAL) in buckets_in(e, question.split)]


def number(question: Question, bucket: str | None, entries: list[Entry]) -> Decimal:
    """Return the reference's number, 0 where there is none."""
    rows = table_of(entries, question, date.max)
    cell = rows.get(bucket or TOTAL)
    return Decimal(0 if cell is None or cell.value is None else cell.value)


def buckets(question: Question, entries: list[Entry]) -> list[str | None]:
    """Return the buckets to query; None for the total."""
    if question.split == TOTAL:
        return [None]
    return [*sorted({b for e in entries for b in buckets_in(e, question.split)}), "nobody"]


def some_of(every: list[Question], chance: random.Random) -> list[Question]:
    """Return a random sample of the questions."""
    return chance.sample(every, min(QUESTIONS_PER_LOG, len(every)))


def interval(since: str, until: str) -> Interval:
    """Return the interval between two instants of the log."""
    first = parse_instant(since, "since")
    return Interval(first, parse_instant(until, "until"), belgrade_day(first))


def plain(subject: str, entry: Counted) -> Plain:
    """Return the product's entry in a shape that both sides share."""
    return (subject, entry.on, entry.until, entry.municipality, Decimal(entry.amount))


def plain_reference_entry(entry: Entry) -> Plain:
    """Return the reference's entry in the same shape."""
    return (entry.subject, entry.on, entry.until, entry.town, Decimal(entry.amount))


def without_zeros(moved: Counter[Plain]) -> Counter[Plain]:
    """Return the counts that are not 0."""
    return Counter({entry: times for entry, times in moved.items() if times})
