"""Render the reference page of the indicators as Markdown from their definitions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.reporting.domain.indicator import (
    Basis,
    Category,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that an indicator's golden cases check, and the path of their file."""

    file: str
    sentences: Sequence[str]


def render_reference(catalogue: Sequence[Indicator], claims: Mapping[str, Claims]) -> str:
    """Return the page; `claims` are by indicator id. Equal arguments give equal text."""
    return "\n".join(_page(catalogue, claims)) + "\n"


def _page(catalogue: Sequence[Indicator], claims: Mapping[str, Claims]) -> Iterator[str]:
    yield "# Indicators"
    yield ""
    yield "Rendered from `services/reporting/indicators/` by `make render`; do not edit."
    yield "Every number is a count over entries; the kinds of measures say how."
    yield ""
    yield from _glossary()
    yield from _contents(catalogue)
    for category, indicators in groupby(catalogue, key=_category):
        yield f"## {category.title.en} · {category.title.sr}"
        yield ""
        for indicator in indicators:
            yield from _section(indicator)
            yield from _claims(claims[indicator.id])


def _category(indicator: Indicator) -> Category:
    return indicator.category


def _glossary() -> Iterator[str]:
    yield "| kind | value of a cell |"
    yield "|---|---|"
    yield from (f"| `{kind}` | {meaning} |" for kind, meaning in _KINDS.items())
    yield ""
    yield "| class of a total | how it is shown |"
    yield "|---|---|"
    yield from (f"| {disclosure} | {meaning} |" for disclosure, meaning in _CLASSES.items())
    yield ""


def _contents(catalogue: Sequence[Indicator]) -> Iterator[str]:
    yield "| id | title | наслов | status |"
    yield "|---|---|---|---|"
    for indicator in catalogue:
        title = indicator.title
        link = f"[{indicator.id}](#{indicator.id.lower()})"
        yield f"| {link} | {title.en} | {title.sr} | {indicator.definition_status} |"
    yield ""


def _section(indicator: Indicator) -> Iterator[str]:
    yield f"### {indicator.id}"
    yield ""
    yield f"**{indicator.title.en} · {indicator.title.sr}**"
    yield ""
    yield indicator.sentence.en
    yield ""
    yield indicator.sentence.sr
    yield ""
    yield from (f"- {name}: {text}" for name, text in _properties(indicator))
    yield ""
    yield from _table_of_measures(indicator)
    yield ""


def _claims(claims: Claims) -> Iterator[str]:
    yield f"<details><summary>what follows: {len(claims.sentences)} golden cases</summary>"
    yield ""
    yield from (f"- {sentence}" for sentence in claims.sentences)
    yield ""
    yield f"The cases with their events and numbers: [{claims.file}](../../{claims.file})"
    yield "</details>"
    yield ""


def _properties(indicator: Indicator) -> Iterator[tuple[str, str]]:
    yield "numerator", f"{indicator.numerator.en} · {indicator.numerator.sr}"
    yield "denominator", f"{indicator.denominator.en} · {indicator.denominator.sr}"
    yield "clock", f"{indicator.clock.en} · {indicator.clock.sr}"
    yield "place", _PLACES[indicator.place_rule]
    yield "splits", ", ".join(f"`{split.name}`" for split in indicator.splits) or "none"
    if indicator.readings:
        yield "read together", "; ".join(map(_reading, indicator.readings))
    if indicator.caveat is not None:
        yield "caveat", f"{indicator.caveat.en} · {indicator.caveat.sr}"
    yield "owner", indicator.owner
    yield "definition", f"version {indicator.version}, {_STATUSES[indicator.definition_status]}"


def _reading(reading: MeasureReading) -> str:
    return _FORMS[reading.form].format(measure=f"`{reading.measure}`", base=f"`{reading.base}`")


def _table_of_measures(indicator: Indicator) -> Iterator[str]:
    yield "| measure | | kind | class | basis | settles | counts |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(measure) for measure in indicator.measures)


def _row(measure: Measure) -> str:
    kind = (
        f"{measure.kind}, sum of {measure.unit.words.en}" if measure.sums_amount else measure.kind
    )
    settles = f"{measure.settle_days} days" if measure.settle_days else ""
    counted = ", ".join(f"`{event.TYPE}`" for event in measure.of)
    title = f"{measure.title.en} · {measure.title.sr}"
    cells = (
        f"`{measure.name}`",
        title,
        kind,
        measure.disclosure,
        _BASES[measure.basis],
        settles,
        counted,
    )
    return "| " + " | ".join(cells) + " |"


_KINDS = {
    MeasureKind.PERSONS: "distinct subjects with an entry whose day lies in the period",
    MeasureKind.PRESENT: "distinct subjects with an interval that overlaps the period",
    MeasureKind.STOCK: "distinct subjects, or the sum of amounts, open at the end of the last day",
    MeasureKind.COHORT: "cases, or the sum of amounts, whose due day lies in the "
    "period; pending until the period has passed and the measure has settled",
    MeasureKind.DURATION: "the median of amounts whose day lies in the period, from 5 entries",
    MeasureKind.OBSERVED: "the published figure of exactly this place and period, never summed",
}

_CLASSES = {
    Disclosure.A: "live and exact",
    Disclosure.B: "in fives, refreshed when 10 persons changed; so is every split",
    Disclosure.C: "split `group` only: closed periods, districts and above, off by default",
}

_PLACES = {
    PlaceRule.EVENT: "where the fact happened; of a cohort, the fact that starts the clock",
    PlaceRule.RESIDENCE: "where the person lived on that day, else where the fact happened",
}

_FORMS = {
    ReadingForm.SHARE: "{measure} as a share of {base}",
    ReadingForm.RATIO: "{measure} for one of {base}",
    ReadingForm.DIFFERENCE: "{measure} minus {base}",
    ReadingForm.TOGETHER: "{measure} never without {base}",
}

_STATUSES = {
    DefinitionStatus.PROPOSED: "proposed: the wording of 2010 is not public; the programme's own "
    "summary speaks of fifteen",
    DefinitionStatus.REPORT: "as the programmes' reports count it",
}

_BASES = {Basis.TASK: "legal task", Basis.CONSENT: "consent"}
