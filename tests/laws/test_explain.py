"""What explains a number is right for any log: entries, the facts they rest on, and changes."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from services.reporting.counting.fold import counted_of, merge_links
from services.reporting.counting.history import Fact, History, newest
from services.reporting.counting.indicator import Entry as Counted
from services.reporting.counting.indicator import Indicator
from services.reporting.counting.known import groups
from services.reporting.explaining.behind import by_root
from services.reporting.explaining.changes import NOTHING, Moments, changes_of
from services.reporting.explaining.rests import Records, rests_on
from services.reporting.tables.memory import Counting
from services.reporting.tables.table import TOTAL, Table
from tests.laws.agreement import BLOCK, FIRST_SEED, LOGS
from tests.laws.product import CATALOGUE, facts_by_code
from tests.laws.shown import asked
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.measures import MEASURES
from tests.reference.plain import Entry
from tests.reference.tables import Question, buckets_in, falls_in, questions
from tests.reference.tables import table as table_of

QUESTIONS_PER_LOG = 8
Plain = tuple[str, date, date | None, str, Decimal]
SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 8)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]


def together(seed: int) -> Iterator[list[Fact]]:
    """All facts of each group of codes that were ever linked."""
    facts = facts_by_code(random_log(seed))
    links = {link for said in facts.values() for fact in said for link in merge_links([fact])}
    for codes in groups(facts, links):
        yield [fact for code in codes for fact in facts.get(code, ())]


def explained(facts: list[Fact], indicator: Indicator) -> Iterator[tuple[Fact, Counting]]:
    """Every entry of an indicator with the fact that counts in it."""
    for root, records in by_root(newest(facts)).items():
        for fact, entry in counted_of(History(records), [indicator]):
            yield fact, (root, entry)


def gives(facts: list[Fact], counted: Fact, counting: Counting) -> bool:
    """Whether these facts alone give the entry, by the fact that counts in it."""
    return any(
        fact is counted and entry == counting[1]
        for root, records in by_root(facts).items()
        for fact, entry in counted_of(History(records), CATALOGUE)
    )


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_the_facts_an_entry_rests_on_give_it_and_none_can_be_left_out(seeds: range) -> None:
    for seed in seeds:
        for facts in together(seed):
            for indicator in CATALOGUE:
                for counted, (root, entry) in explained(facts, indicator):
                    told = rests_on(
                        counted, entry, Records(by_root(newest(facts))[root]), [indicator]
                    )

                    assert told[0] is counted
                    assert gives(told, counted, (root, entry)), f"seed {seed}: {entry}"
                    for needed in told[1:]:
                        fewer = [fact for fact in told if fact is not needed]
                        assert not gives(fewer, counted, (root, entry)), f"seed {seed}: {entry}"


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_explained_changes_add_up_to_the_difference_of_what_was_known(seeds: range) -> None:
    for seed in seeds:
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        since, until = sorted(chance.sample(RECORDED, 2))
        was, is_now = entries_of(events, since), entries_of(events, until)
        people = list(together(seed))
        for question in some_of(questions(was + is_now), chance):
            bucket = chance.choice(buckets(question, was + is_now))
            net, moved = told(people, asked(question), bucket, moments(since, until))

            kind = MEASURES[question.measure].kind
            if kind != "observed":
                assert moved == difference(question, bucket, was, is_now), f"{seed}: {question}"
            if kind != "duration":
                before, after = (number(question, bucket, each) for each in (was, is_now))
                assert before + net == after, f"seed {seed}: {question} {bucket}"


def told(
    people: list[list[Fact]], table: Table, bucket: str | None, between: Moments
) -> tuple[Decimal, Counter[Plain]]:
    """The net of all changes, and the entries that came (or, negative, went)."""
    net, moved = NOTHING, Counter[Plain]()
    for facts in people:
        for change in changes_of(facts, [table], bucket, between):
            net = net.plus(change.net)
            moved.update(plain(subject, entry) for subject, entry in change.came)
            moved.subtract(plain(subject, entry) for subject, entry in change.went)
    return net.number, without_zeros(moved)


def difference(
    question: Question, bucket: str | None, was: list[Entry], is_now: list[Entry]
) -> Counter[Plain]:
    """The same from the reference's entries at both moments."""
    moved = Counter(plain_of(entry) for entry in inside(question, bucket, is_now))
    moved.subtract(plain_of(entry) for entry in inside(question, bucket, was))
    return without_zeros(moved)


def inside(question: Question, bucket: str | None, entries: list[Entry]) -> list[Entry]:
    """The reference's entries behind a number."""
    found = [entry for entry in entries if falls_in(entry, question)]
    return [e for e in found if (bucket or TOTAL) in buckets_in(e, question.split)]


def number(question: Question, bucket: str | None, entries: list[Entry]) -> Decimal:
    """The reference's number, 0 where there is none."""
    rows = table_of(entries, question, date.max)
    cell = rows.get(bucket or TOTAL)
    return Decimal(0 if cell is None or cell.value is None else cell.value)


def buckets(question: Question, entries: list[Entry]) -> list[str | None]:
    """Buckets to ask for; None for the total."""
    if question.split == TOTAL:
        return [None]
    return [*sorted({b for e in entries for b in buckets_in(e, question.split)}), "nobody"]


def some_of(every: list[Question], chance: random.Random) -> list[Question]:
    """A sample that is not all of observations, which are no sums."""
    return chance.sample(every, min(QUESTIONS_PER_LOG, len(every)))


def moments(since: str, until: str) -> Moments:
    """Two instants of the log."""
    first = instant_of(since, "since")
    return Moments(first, instant_of(until, "until"), belgrade_day(first))


def plain(subject: str, entry: Counted) -> Plain:
    """The product's entry as the reference has it."""
    return (subject, entry.on, entry.until, entry.municipality, Decimal(entry.amount))


def plain_of(entry: Entry) -> Plain:
    """The reference's entry in the same shape."""
    return (entry.subject, entry.on, entry.until, entry.town, Decimal(entry.amount))


def without_zeros(moved: Counter[Plain]) -> Counter[Plain]:
    """What came and went again did nothing."""
    return Counter({entry: times for entry, times in moved.items() if times})
