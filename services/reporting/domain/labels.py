"""Bilingual labels that several definitions share: categories, clocks, units."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclaredCode, SeriesUnit, shipped
from services.reporting.domain.indicator import Category, MeasureUnit, Unit

LABOUR_SUPPLY_AND_DEMAND = Category(
    "labour_supply_and_demand",
    BilingualText(sr="Понуда и потражња рада", en="Labour supply and demand"),
)
BRAIN_CIRCULATION = Category(
    "brain_circulation", BilingualText(sr="Циркулација знања", en="Brain circulation")
)
MONITORING_OF_RETURNS = Category(
    "monitoring_of_returns", BilingualText(sr="Праћење повратка", en="Monitoring of returns")
)
LABOUR_MIGRANTS_IN_SERBIA = Category(
    "labour_migrants_in_serbia",
    BilingualText(sr="Радници из иностранства у Србији", en="Labour migrants in Serbia"),
)
SERBIAN_LABOUR_MIGRANTS_ABROAD = Category(
    "serbian_labour_migrants_abroad",
    BilingualText(sr="Радници из Србије у иностранству", en="Serbian labour migrants abroad"),
)
SOCIAL_INCLUSION = Category(
    "social_inclusion", BilingualText(sr="Социјално укључивање", en="Social inclusion")
)
THE_PLACE = Category("the_place", BilingualText(sr="Место у бројкама", en="The place in figures"))
PROGRAMME_RESULTS = Category(
    "programme_results", BilingualText(sr="Резултати програма", en="Programme results")
)

ON_ITS_DAY = BilingualText(sr="дан догађаја", en="the day on which it happened")
AT_THE_END = BilingualText(sr="крај последњег дана периода", en="the end of the period's last day")
AS_OBSERVED = BilingualText(
    sr="период за који је податак објављен", en="the period for which the figure was published"
)

A_COUNT = BilingualText(sr="нема: броје се лица", en="none: persons are counted")
A_FIGURE = BilingualText(
    sr="основа, ако је објављена уз податак", en="the base, where one was published with the figure"
)

CONSENTED = BilingualText(sr="од њих са пристанком", en="of them with consent")
POSITIONS = MeasureUnit(Unit.POSITIONS, BilingualText(sr="радна места", en="positions"))
CASES = MeasureUnit(Unit.CASES, BilingualText(sr="случајева", en="cases"))
RETURNS = MeasureUnit(Unit.CASES, BilingualText(sr="повратака", en="returns"))
JOBS = MeasureUnit(Unit.CASES, BilingualText(sr="запослења", en="jobs"))
DAYS = MeasureUnit(Unit.DAYS, BilingualText(sr="дани", en="days"))


def unit_of(declared: DeclaredCode) -> MeasureUnit:
    """Return the unit of a declared series and the words beside its numbers."""
    words = declared.words
    text = BilingualText(sr=words.sr_many, en=words.en) if words else BilingualText(sr="", en="")
    return MeasureUnit(_UNITS[declared.unit or "count"], text)


def unit_of_series(series: str) -> MeasureUnit:
    """Return the unit of a shipped series."""
    return unit_of(shipped().series[series])


_UNITS: Mapping[SeriesUnit, Unit] = MappingProxyType(
    {
        "count": Unit.COUNT,
        "persons": Unit.PERSONS,
        "percent": Unit.PERCENT,
        "amount": Unit.AMOUNT,
        "signed": Unit.AMOUNT,
    }
)
