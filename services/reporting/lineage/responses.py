"""The response of `GET /explain`: numbers, parts, entries with facts, and changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from schemas.bilingual_text import BilingualText
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import MeasureKind
from services.reporting.lineage.comparison import NumberComparison
from services.reporting.lineage.entry_lineage import (
    ERASED_PERSON,
    EntryLineage,
    NumberPart,
    PartSize,
)
from services.reporting.lineage.replay import EntryChange, ReasonTotal
from services.reporting.publication.policy import STEWARD_HINT
from services.reporting.queries.responses import (
    NOT_PUBLISHED,
    ResponseModel,
    TextResponse,
    ValueResponse,
    optional_json_number,
    value_responses,
)
from services.reporting.tables.table import Table, Value

_PARTS = BilingualText(
    sr="делови могу дати више од целине: једно лице може бити у више месеци и извора",
    en="the parts may add up to more than the whole: a person may be in several months and sources",
)
_DENIED = "Sources and months are parts of a number (class B) and not published yet."


class SupportingFactResponse(ResponseModel):
    """A fact that supports an entry; `link` leads to the complete fact."""

    subject: str
    source: str
    id: str
    factid: str
    revision: int
    type: str
    on: date
    recorded_at: datetime
    link: str


class EntryResponse(ResponseModel):
    """An entry; the first fact is the counted one, the others determine its attributes.

    For an erased person everything but the measure and the municipality is left out.
    """

    measure: str
    subject: str
    on: date | None
    until: date | None
    municipality: str
    buckets: tuple[tuple[str, str], ...]
    amount: int | float | None
    facts: tuple[SupportingFactResponse, ...]


class EntryChangeResponse(EntryResponse):
    """An entry added or removed between the instants, the reason, and the causing facts."""

    change: str
    reason: str
    caused_by: tuple[SupportingFactResponse, ...]


class NumberPartResponse(ResponseModel):
    """Entries of one source and month.

    `source` is null where sources are not distinguished, and for erased persons.
    """

    measure: str
    source: str | None
    month: str | None
    persons: int | None
    entries: int | None
    state: str
    code: str | None = None
    detail: str | None = None


class EntriesResponse(ResponseModel):
    """One page of the entries; `next` is the `after` of the next page."""

    total_count: int
    next: str | None
    items: tuple[EntryResponse, ...]


class ReasonTotalResponse(ResponseModel):
    """What one reason changed: `net` (null for a median), entries added and removed."""

    reason: str
    net: int | float | None
    added: int
    removed: int


class NumberComparisonResponse(ResponseModel):
    """A number at both instants; `before` plus all `net` equals `after`."""

    measure: str
    before: ValueResponse
    after: ValueResponse
    reasons: tuple[ReasonTotalResponse, ...]


class EntryChangesResponse(ResponseModel):
    """One page of the entries that were added or removed."""

    total_count: int
    next: str | None
    items: tuple[EntryChangeResponse, ...]


class ChangeResponse(ResponseModel):
    """Why the numbers have changed; `until` null means now."""

    since: datetime
    until: datetime | None
    numbers: tuple[NumberComparisonResponse, ...]
    entries: EntryChangesResponse


class ExplainResponse(ResponseModel):
    """The lineage of an indicator's numbers.

    `layer` is `exact` with the steward's token, otherwise `published`: then there are no entries,
    and parts are denied explicitly. With `since` there is `change` instead of parts and entries;
    only the first page has parts.
    """

    indicator: str
    place: str
    period: str
    split: str
    bucket: str | None
    layer: str
    projected_through: datetime | None
    values: tuple[ValueResponse, ...]
    parts: tuple[NumberPartResponse, ...] = ()
    note: TextResponse | None = None
    entries: EntriesResponse | None = None
    change: ChangeResponse | None = None


def parts_note() -> TextResponse:
    """Return the note that parts may add up to more than the number."""
    return TextResponse(sr=_PARTS.sr, en=_PARTS.en)


def denied_part_response(table: Table) -> NumberPartResponse:
    """Return the one row that replaces all parts: their number would reveal something."""
    return NumberPartResponse(
        measure=table.measure.name,
        source=None,
        month=None,
        persons=None,
        entries=None,
        state="denied",
        code=NOT_PUBLISHED,
        detail=f"{_DENIED} {STEWARD_HINT}",
    )


def part_responses(parts: Mapping[NumberPart, PartSize]) -> tuple[NumberPartResponse, ...]:
    """Return the parts for the steward."""
    return tuple(
        NumberPartResponse(
            measure=_measure(part.measure),
            source=part.source,
            month=f"{part.month:%Y-%m}",
            persons=size.persons,
            entries=size.entries,
            state="value",
        )
        for part, size in parts.items()
    )


def entry_response(lineage: EntryLineage) -> EntryResponse:
    """Return an entry with its facts, or only that an erased person counts."""
    entry, subject = lineage.entry, lineage.subject
    is_erased = subject is None
    return EntryResponse(
        measure=_measure(entry.measure),
        subject=ERASED_PERSON if subject is None else subject,
        on=None if is_erased else entry.on,
        until=None if is_erased else entry.until,
        municipality=entry.municipality,
        buckets=() if is_erased else tuple(sorted(entry.buckets)),
        amount=None if is_erased else optional_json_number(entry.amount),
        facts=_fact_responses(lineage.facts),
    )


def entry_change_response(change: EntryChange) -> EntryChangeResponse:
    """Return an added or removed entry with its causing facts."""
    entry = entry_response(change.lineage)
    return EntryChangeResponse(
        **{name: getattr(entry, name) for name in EntryResponse.model_fields},
        change="added" if change.is_added else "removed",
        reason=change.reason,
        caused_by=_fact_responses(change.caused_by),
    )


def number_comparison_response(comparison: NumberComparison) -> NumberComparisonResponse:
    """Return a number at both instants, and the reasons of its change."""
    is_median = comparison.table.measure.kind is MeasureKind.DURATION
    return NumberComparisonResponse(
        measure=comparison.table.measure.name,
        before=_value_response(comparison.table, comparison.before),
        after=_value_response(comparison.table, comparison.after),
        reasons=tuple(
            _reason(str(reason), total, is_median=is_median)
            for reason, total in sorted(comparison.reasons.items())
        ),
    )


def _value_response(table: Table, value: Value) -> ValueResponse:
    """Return one value of a table."""
    return value_responses([(table, [value])])[0]


def _fact_responses(facts: Iterable[Fact] | Sequence[Fact]) -> tuple[SupportingFactResponse, ...]:
    """Return facts by their names, each with the link to the complete fact."""
    return tuple(map(_fact, facts))


def _fact(fact: Fact) -> SupportingFactResponse:
    name = {"source": fact.source, "id": fact.event_id}
    return SupportingFactResponse(
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


def _reason(reason: str, total: ReasonTotal, *, is_median: bool) -> ReasonTotalResponse:
    net = None if is_median else optional_json_number(total.net.number)
    return ReasonTotalResponse(reason=reason, net=net, added=total.added, removed=total.removed)


def _measure(name: str) -> str:
    return name.partition(".")[2]
