"""The responses that several endpoints share: values, progress, silence."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from schemas.bilingual_text import BilingualText
from schemas.territory import name_of
from services.reporting.completeness.model import Completeness, SilentReporter
from services.reporting.domain.indicator import Unit
from services.reporting.publication.policy import denial_reason
from services.reporting.tables.table import Number, Table, Value, ValueState

NOT_PUBLISHED = "E1506"
_WITHHELD = "E1509"
_WITHHELD_DETAIL = (
    "A reconciliation found that this number may not match the facts. It is shown again as soon as"
    " a reconciliation agrees; see GET /verification."
)
_SILENT = "E1511"


class ResponseModel(BaseModel):
    """The base of all responses: immutable, without undeclared fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextResponse(ResponseModel):
    """The same text in Serbian and in English."""

    sr: str
    en: str


class ValueResponse(ResponseModel):
    """One number in its unit. Denied, silent or withheld it has no value; `code` and `detail` why.

    `frozen`: the number in the release of the closed period, if it differs now.
    """

    measure: str
    bucket: str | None
    value: int | float | None
    unit: Unit
    state: ValueState
    code: str | None = None
    detail: str | None = None
    frozen: int | float | None = None


class ReleaseResponse(ResponseModel):
    """The latest release of a council's period; `state`: closed or reopened."""

    version: int
    digest: str
    closed_at: datetime
    state: str


class PaceResponse(ResponseModel):
    """How much of the period is over, in whole days, and what an even pace would have reached.

    `pace_percent` is the number as a percentage of `due_to_date`.
    """

    days_passed: int
    days: int
    due_to_date: int | float
    pace_percent: int | float | None


class ProgressResponse(ResponseModel):
    """A target, its decision, and how much of it the published number has reached.

    `percent` is null where no number is published (`state` has the reason) or the target is 0.
    """

    measure: str
    value: int | float
    decision: str
    percent: int | float | None
    pace: PaceResponse
    state: ValueState


class SilentResponse(ResponseModel):
    """A silent reporter: `since` is the first day that it has not reported completely."""

    organisation: str
    domain: str
    municipality: str
    since: date


class IncompleteResponse(ResponseModel):
    """The silent reporters whose missing facts could count here; reports are due through `due_on`.

    The longest silences are listed; `councils` is the number of councils with a silent reporter.
    """

    due_on: date
    councils: int
    silent: tuple[SilentResponse, ...]


class ValuesResponse(ResponseModel):
    """The values of an indicator for a place and a period.

    `as_of` if it was requested, and `records_begin_at` if nothing was recorded by then;
    `release` if the period was ever closed; `targets` where there are any; `completeness` while a
    reporter is silent whose facts could count here.
    """

    indicator: str
    place: str
    period: str
    split: str
    layer: str
    as_of: datetime | None = None
    records_begin_at: datetime | None = None
    projected_through: datetime | None
    release: ReleaseResponse | None = None
    values: tuple[ValueResponse, ...]
    targets: tuple[ProgressResponse, ...] = ()
    completeness: IncompleteResponse | None = None


def value_responses(
    tables: Iterable[tuple[Table, Sequence[Value]]], completeness: Completeness | None = None
) -> tuple[ValueResponse, ...]:
    """Return the rows of all tables in order; `completeness` names who is silent."""
    return tuple(_value(table, value, completeness) for table, values in tables for value in values)


def silent_response(silent: SilentReporter) -> SilentResponse:
    """Return a silent reporter as a response."""
    return SilentResponse(
        organisation=silent.organisation,
        domain=silent.domain,
        municipality=silent.council,
        since=silent.since,
    )


def text_response(text: BilingualText) -> TextResponse:
    """Return a text in both languages as a response."""
    return TextResponse(sr=text.sr, en=text.en)


def optional_json_number(value: Number | None) -> int | float | None:
    """Return a number for JSON, whole numbers without a fraction; None for none."""
    return None if value is None else json_number(value)


def json_number(value: Number) -> int | float:
    """Return a number for JSON, whole numbers without a fraction."""
    return int(value) if value == int(value) else float(Decimal(value))


def _value(table: Table, value: Value, completeness: Completeness | None) -> ValueResponse:
    row = ValueResponse(
        measure=table.measure.name,
        bucket=value.bucket,
        value=optional_json_number(value.value),
        unit=table.measure.unit.code,
        state=value.state,
    )
    if value.state is ValueState.WITHHELD:
        return row.model_copy(update={"code": _WITHHELD, "detail": _WITHHELD_DETAIL})
    if value.state is ValueState.SILENT and completeness is not None:
        detail = _silence_detail(completeness.silent_for_table(table)[0])
        return row.model_copy(update={"code": _SILENT, "detail": detail})
    if value.state is not ValueState.DENIED:
        return row
    return row.model_copy(update={"code": NOT_PUBLISHED, "detail": denial_reason(table)})


def _silence_detail(silent: SilentReporter) -> str:
    council = f"{silent.council} {name_of(silent.council)}"
    reporter = f"{silent.organisation} has not reported on {silent.domain}"
    return f"{reporter} in {council} since {silent.since}."
