"""`GET /indicators`: the definitions of all indicators."""

from fastapi import APIRouter, Depends

from runtime.web.dependencies import ContextDep
from services.reporting.domain.indicator import Indicator, Measure, Unit
from services.reporting.indicators import catalogue
from services.reporting.queries.parameters import allow_only
from services.reporting.queries.responses import ResponseModel, TextResponse, text_response
from services.reporting.tables.table import TOTAL

_QUERY_PARAMETERS = "place,period,split,measure,layer,as_of"

router = APIRouter()


class SplitResponse(ResponseModel):
    """A dimension; if buckets overlap, a subject may be in several of them."""

    name: str
    title: TextResponse
    is_overlapping: bool


class MeasureResponse(ResponseModel):
    """One number of an indicator; `classes` has the disclosure class of each of its splits."""

    name: str
    title: TextResponse
    kind: str
    unit: Unit
    words: TextResponse
    basis: str
    sums_amount: bool
    settle_days: int
    splits: tuple[str, ...]
    classes: dict[str, str]


class ReadingResponse(ResponseModel):
    """How two measures are read together: a share or a ratio."""

    form: str
    measure: str
    base: str
    without_base: TextResponse


class CategoryResponse(ResponseModel):
    """The heading of a group of indicators."""

    code: str
    title: TextResponse


class IndicatorResponse(ResponseModel):
    """One definition, with a link to its values."""

    id: str
    version: int
    category: CategoryResponse
    title: TextResponse
    sentence: TextResponse
    numerator: TextResponse
    denominator: TextResponse
    clock: TextResponse
    place_rule: str
    owner: str
    definition_status: str
    caveat: TextResponse | None
    splits: tuple[SplitResponse, ...]
    measures: tuple[MeasureResponse, ...]
    readings: tuple[ReadingResponse, ...]
    links: dict[str, str]


class IndicatorsResponse(ResponseModel):
    """All definitions."""

    indicators: tuple[IndicatorResponse, ...]


@router.get("/indicators", dependencies=[Depends(allow_only())])
async def get_indicators(context: ContextDep) -> IndicatorsResponse:
    """Return all definitions: their texts, splits, measures and disclosure classes."""
    found = map(indicator_response, catalogue(context.declared))
    return IndicatorsResponse(indicators=tuple(found))


def indicator_response(indicator: Indicator) -> IndicatorResponse:
    """Return a definition as a response."""
    return IndicatorResponse(
        id=indicator.id,
        version=indicator.version,
        category=CategoryResponse(
            code=indicator.category.code, title=text_response(indicator.category.title)
        ),
        title=text_response(indicator.title),
        sentence=text_response(indicator.sentence),
        numerator=text_response(indicator.numerator),
        denominator=text_response(indicator.denominator),
        clock=text_response(indicator.clock),
        place_rule=indicator.place_rule,
        owner=indicator.owner,
        definition_status=indicator.definition_status,
        caveat=text_response(indicator.caveat) if indicator.caveat else None,
        splits=tuple(
            SplitResponse(
                name=s.name, title=text_response(s.title), is_overlapping=s.is_overlapping
            )
            for s in indicator.splits
        ),
        measures=tuple(_measure(indicator, measure) for measure in indicator.measures),
        readings=tuple(
            ReadingResponse(
                form=r.form,
                measure=r.measure,
                base=r.base,
                without_base=text_response(r.without_base),
            )
            for r in indicator.readings
        ),
        links={"values": f"/indicators/{indicator.id}/values{{?{_QUERY_PARAMETERS}}}"},
    )


def _measure(indicator: Indicator, measure: Measure) -> MeasureResponse:
    splits = (TOTAL, *(split.name for split in indicator.splits_of(measure)))
    return MeasureResponse(
        name=measure.name,
        title=text_response(measure.title),
        kind=measure.kind,
        unit=measure.unit.code,
        words=text_response(measure.unit.words),
        basis=measure.basis,
        sums_amount=measure.sums_amount,
        settle_days=measure.settle_days,
        splits=splits,
        classes={split: indicator.disclosure_of(measure, split) for split in splits},
    )
