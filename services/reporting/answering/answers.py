"""What reporting answers over HTTP, and how it is made of definitions, tables and looks."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from schemas.territory import name_of
from schemas.text import Text
from services.reporting.counting.indicator import Indicator, Measure
from services.reporting.expecting.completeness import Completeness, Silent
from services.reporting.publishing.policy import reason
from services.reporting.tables.table import TOTAL, Number, State, Table, Value

NOT_PUBLISHED = "E1506"
WITHHELD = "E1509"
WITHHELD_DETAIL = (
    "A proof has found that this number may not be what the facts say. It is shown again as soon as"
    " a proof agrees; GET /verification tells how far that is."
)
SILENT = "E1511"
QUESTION = "place,period,split,measure,layer,known_at"


class Answer(BaseModel):
    """An answer never changes and has no field that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ValueAnswer(Answer):
    """One number. A denied, silent or withheld one has no value; `code` and `detail` say why.

    `frozen`: what it was when the period was closed, if it is another number now.
    """

    measure: str
    bucket: str | None
    value: int | float | None
    state: State
    code: str | None = None
    detail: str | None = None
    frozen: int | float | None = None


class ClosedAnswer(Answer):
    """The latest version of a council's period; `state`: closed, or reopened."""

    version: int
    digest: str
    closed_at: datetime
    state: str


class PaceAnswer(Answer):
    """How much of the period is over, in whole days, and what an even pace would have brought.

    `pace_percent` is the number as a percentage of `due_to_date`.
    """

    days_passed: int
    days: int
    due_to_date: int | float
    pace_percent: int | float | None


class ProgressAnswer(Answer):
    """A target, by which decision, and how far the number as it is shown has come.

    `percent` is null where there is no number to show, and `state` says why; or the target is 0.
    """

    measure: str
    value: int | float
    decision: str
    percent: int | float | None
    pace: PaceAnswer
    state: State


class SilentAnswer(Answer):
    """Somebody who should have reported: `since` is the first day of which we do not know all."""

    organisation: str
    domain: str
    municipality: str
    since: date


class IncompleteAnswer(Answer):
    """Who is silent that should have reported what is counted here, through `due_on`.

    The longest silences are named; `councils` is the number of those that somebody is behind with.
    """

    due_on: date
    councils: int
    silent: tuple[SilentAnswer, ...]


class ValuesAnswer(Answer):
    """The values of an indicator for a place and a period.

    `known_at` if it was asked for; `release` if the period was ever closed; `targets` where there
    are any; `completeness` while somebody is silent who should have reported what is counted.
    """

    indicator: str
    place: str
    period: str
    split: str
    layer: str
    known_at: datetime | None = None
    folded_to: datetime | None
    release: ClosedAnswer | None = None
    values: tuple[ValueAnswer, ...]
    targets: tuple[ProgressAnswer, ...] = ()
    completeness: IncompleteAnswer | None = None


class TextAnswer(Answer):
    """The same words in Serbian and in English."""

    sr: str
    en: str


class SplitAnswer(Answer):
    """A dimension; where buckets overlap, a subject may be in several of them."""

    name: str
    title: TextAnswer
    is_overlapping: bool


class MeasureAnswer(Answer):
    """One number of an indicator; `classes` has the disclosure class of each of its splits."""

    name: str
    title: TextAnswer
    kind: str
    unit: TextAnswer
    basis: str
    sums_amount: bool
    settle_days: int
    splits: tuple[str, ...]
    classes: dict[str, str]


class ReadingAnswer(Answer):
    """How two measures are read together."""

    form: str
    measure: str
    base: str
    without_base: TextAnswer


class CategoryAnswer(Answer):
    """The heading under which an indicator stands."""

    code: str
    title: TextAnswer


class IndicatorAnswer(Answer):
    """One definition, and where its values are asked for."""

    id: str
    version: int
    category: CategoryAnswer
    title: TextAnswer
    sentence: TextAnswer
    numerator: TextAnswer
    denominator: TextAnswer
    clock: TextAnswer
    place_rule: str
    owner: str
    definition_status: str
    caveat: TextAnswer | None
    splits: tuple[SplitAnswer, ...]
    measures: tuple[MeasureAnswer, ...]
    readings: tuple[ReadingAnswer, ...]
    links: dict[str, str]


class IndicatorsAnswer(Answer):
    """All definitions."""

    indicators: tuple[IndicatorAnswer, ...]


def value_answers(
    tables: Iterable[tuple[Table, Sequence[Value]]], completeness: Completeness | None = None
) -> tuple[ValueAnswer, ...]:
    """The rows of all tables, one after the other; `completeness` where one may be silent."""
    return tuple(_value(table, value, completeness) for table, values in tables for value in values)


def indicator_answer(indicator: Indicator) -> IndicatorAnswer:
    """A definition as an answer."""
    return IndicatorAnswer(
        id=indicator.id,
        version=indicator.version,
        category=CategoryAnswer(
            code=indicator.category.code, title=_text(indicator.category.title)
        ),
        title=_text(indicator.title),
        sentence=_text(indicator.sentence),
        numerator=_text(indicator.numerator),
        denominator=_text(indicator.denominator),
        clock=_text(indicator.clock),
        place_rule=indicator.place_rule,
        owner=indicator.owner,
        definition_status=indicator.definition_status,
        caveat=_text(indicator.caveat) if indicator.caveat else None,
        splits=tuple(
            SplitAnswer(name=s.name, title=_text(s.title), is_overlapping=s.is_overlapping)
            for s in indicator.splits
        ),
        measures=tuple(_measure(indicator, measure) for measure in indicator.measures),
        readings=tuple(
            ReadingAnswer(
                form=r.form, measure=r.measure, base=r.base, without_base=_text(r.without_base)
            )
            for r in indicator.readings
        ),
        links={"values": f"/indicators/{indicator.id}/values{{?{QUESTION}}}"},
    )


def _measure(indicator: Indicator, measure: Measure) -> MeasureAnswer:
    splits = (TOTAL, *(split.name for split in indicator.splits_of(measure)))
    return MeasureAnswer(
        name=measure.name,
        title=_text(measure.title),
        kind=measure.kind,
        unit=_text(measure.unit),
        basis=measure.basis,
        sums_amount=measure.sums_amount,
        settle_days=measure.settle_days,
        splits=splits,
        classes={split: indicator.disclosure_of(measure, split) for split in splits},
    )


def _value(table: Table, value: Value, completeness: Completeness | None) -> ValueAnswer:
    row = ValueAnswer(
        measure=table.measure.name,
        bucket=value.bucket,
        value=number(value.value),
        state=value.state,
    )
    if value.state is State.WITHHELD:
        return row.model_copy(update={"code": WITHHELD, "detail": WITHHELD_DETAIL})
    if value.state is State.SILENT and completeness is not None:
        detail = _silence(completeness.silent_on(table)[0])
        return row.model_copy(update={"code": SILENT, "detail": detail})
    if value.state is not State.DENIED:
        return row
    return row.model_copy(update={"code": NOT_PUBLISHED, "detail": reason(table)})


def _silence(silent: Silent) -> str:
    where = f"{silent.council} {name_of(silent.council)}"
    told = f"{silent.organisation} has not reported on {silent.domain}"
    return f"{told} in {where} since {silent.since}."


def number(value: Number | None) -> int | float | None:
    """A JSON number: whole ones without a fraction."""
    return None if value is None else whole_or_not(value)


def whole_or_not(value: Number) -> int | float:
    """The same of a number that is there."""
    return int(value) if value == int(value) else float(Decimal(value))


def _text(text: Text) -> TextAnswer:
    return TextAnswer(sr=text.sr, en=text.en)
