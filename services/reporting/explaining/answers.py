"""What is answered about a number: the number, its parts, its entries, and why it has changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from schemas.text import Text
from services.reporting.answering.answers import (
    NOT_PUBLISHED,
    Answer,
    TextAnswer,
    ValueAnswer,
    number,
    value_answers,
)
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Kind
from services.reporting.explaining.behind import ERASED_PERSON, Explained, Part, Size
from services.reporting.explaining.comparing import Compared
from services.reporting.explaining.difference import Moved, Tally
from services.reporting.publishing.policy import STEWARD
from services.reporting.tables.table import Table, Value

PARTS = Text(
    sr="делови могу дати више од целине: једно лице може бити у више месеци и извора",
    en="the parts may add up to more than the whole: a person may be in several months and sources",
)
DENIED = "Sources and months are parts of a number (class B) and not published yet."


class FactAnswer(Answer):
    """A fact on which an entry rests; `link` is where it is told whole."""

    subject: str
    source: str
    id: str
    factid: str
    revision: int
    type: str
    on: date
    recorded_at: datetime
    link: str


class EntryAnswer(Answer):
    """An entry; the first of its facts is the one that counts, the others make it what it is.

    Of an erased person nothing is told but that it counts here.
    """

    measure: str
    subject: str
    on: date | None
    until: date | None
    municipality: str
    buckets: tuple[tuple[str, str], ...]
    amount: int | float | None
    facts: tuple[FactAnswer, ...]


class MovedAnswer(EntryAnswer):
    """An entry that came or went between the moments, why, and the facts that made it."""

    moved: str
    reason: str
    because: tuple[FactAnswer, ...]


class PartAnswer(Answer):
    """What one source told of one month; null where that is not told apart, or of the erased."""

    measure: str
    source: str | None
    month: str | None
    persons: int | None
    entries: int | None
    state: str
    code: str | None = None
    detail: str | None = None


class EntriesAnswer(Answer):
    """One page of the entries; `next` is the `after` of the page to come."""

    in_all: int
    next: str | None
    items: tuple[EntryAnswer, ...]


class ReasonAnswer(Answer):
    """What one reason did to the number: `net`, null for a median, and to its entries."""

    reason: str
    net: int | float | None
    came: int
    went: int


class ComparedAnswer(Answer):
    """A number at both moments; before + all `net` = after."""

    measure: str
    before: ValueAnswer
    after: ValueAnswer
    reasons: tuple[ReasonAnswer, ...]


class MovedEntriesAnswer(Answer):
    """One page of the entries that came or went."""

    in_all: int
    next: str | None
    items: tuple[MovedAnswer, ...]


class ChangeAnswer(Answer):
    """Why the numbers are others than they were; `until` null is now."""

    since: datetime
    until: datetime | None
    numbers: tuple[ComparedAnswer, ...]
    entries: MovedEntriesAnswer


class ExplainAnswer(Answer):
    """What is behind the numbers of an indicator.

    `layer` is `exact` with the steward's token, otherwise `published`: then there are no entries,
    and parts are denied by name. Asked with `since` there is `change` instead of parts and entries;
    parts come with the first page.
    """

    indicator: str
    place: str
    period: str
    split: str
    bucket: str | None
    layer: str
    folded_to: datetime | None
    values: tuple[ValueAnswer, ...]
    parts: tuple[PartAnswer, ...] = ()
    note: TextAnswer | None = None
    entries: EntriesAnswer | None = None
    change: ChangeAnswer | None = None


def note() -> TextAnswer:
    """How parts are read."""
    return TextAnswer(sr=PARTS.sr, en=PARTS.en)


def denied_part(table: Table) -> PartAnswer:
    """The one row that stands for all parts: how many there are would tell of them."""
    return PartAnswer(
        measure=table.measure.name,
        source=None,
        month=None,
        persons=None,
        entries=None,
        state="denied",
        code=NOT_PUBLISHED,
        detail=f"{DENIED} {STEWARD}",
    )


def part_answers(parts: Mapping[Part, Size]) -> tuple[PartAnswer, ...]:
    """The parts as the steward sees them."""
    return tuple(
        PartAnswer(
            measure=_measure(part.measure),
            source=part.source,
            month=f"{part.month:%Y-%m}",
            persons=size.persons,
            entries=size.entries,
            state="value",
        )
        for part, size in parts.items()
    )


def entry_answer(explained: Explained) -> EntryAnswer:
    """An entry with its facts, or that an erased person counts."""
    entry, subject = explained.entry, explained.subject
    is_erased = subject is None
    return EntryAnswer(
        measure=_measure(entry.measure),
        subject=ERASED_PERSON if subject is None else subject,
        on=None if is_erased else entry.on,
        until=None if is_erased else entry.until,
        municipality=entry.municipality,
        buckets=() if is_erased else tuple(sorted(entry.buckets)),
        amount=None if is_erased else number(entry.amount),
        facts=facts(explained.facts),
    )


def moved_answer(moved: Moved) -> MovedAnswer:
    """An entry that came or went, with the facts that made it."""
    entry = entry_answer(moved.explained)
    return MovedAnswer(
        **{name: getattr(entry, name) for name in EntryAnswer.model_fields},
        moved="came" if moved.has_come else "went",
        reason=moved.reason,
        because=facts(moved.because),
    )


def compared_answer(compared: Compared) -> ComparedAnswer:
    """A number at both moments, and why it is another."""
    is_median = compared.table.measure.kind is Kind.DURATION
    return ComparedAnswer(
        measure=compared.table.measure.name,
        before=value_answer(compared.table, compared.before),
        after=value_answer(compared.table, compared.after),
        reasons=tuple(
            _reason(str(reason), tally, is_median=is_median)
            for reason, tally in sorted(compared.reasons.items())
        ),
    )


def value_answer(table: Table, value: Value) -> ValueAnswer:
    """One number of a table."""
    return value_answers([(table, [value])])[0]


def facts(told: Iterable[Fact] | Sequence[Fact]) -> tuple[FactAnswer, ...]:
    """Facts by their names, each with where it is told whole."""
    return tuple(map(_fact, told))


def _fact(fact: Fact) -> FactAnswer:
    name = {"source": fact.source, "id": fact.event_id}
    return FactAnswer(
        subject=fact.subject,
        source=fact.source,
        id=fact.event_id,
        factid=fact.factid,
        revision=fact.revision,
        type=fact.type,
        on=fact.on,
        recorded_at=fact.recorded_at,
        link=f"/facts?{urlencode(name)}",
    )


def _reason(reason: str, tally: Tally, *, is_median: bool) -> ReasonAnswer:
    net = None if is_median else number(tally.net.number)
    return ReasonAnswer(reason=reason, net=net, came=tally.came, went=tally.went)


def _measure(name: str) -> str:
    return name.partition(".")[2]
