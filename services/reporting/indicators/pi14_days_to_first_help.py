"""PI-14: days from registration to the first service and to the first job."""

from collections.abc import Sequence

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from schemas.rules.recorded_fact import sort_key
from services.reporting.domain.attributes import attribute_timeline
from services.reporting.domain.history import Fact, History
from services.reporting.domain.indicator import (
    CountedFact,
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
)
from services.reporting.domain.labels import DAYS, PROGRAMME_RESULTS
from services.reporting.indicators.pi01_covered_by_services import SERVICES, services_to


def _first_service(history: History) -> CountedFacts:
    """Count the days to the first fact of PI-01's list on or after the first block."""
    return _first_after_registration(history, services_to(history))


def _first_job(history: History) -> CountedFacts:
    """Count the days to the first placement on or after the first block."""
    return _first_after_registration(history, history.of(PlacementMade))


def _first_after_registration(history: History, facts: Sequence[Fact]) -> CountedFacts:
    """Count the days between, on the later day and at its place."""
    for block in attribute_timeline(history).blocks[:1]:
        since = (fact for fact in facts if fact.on >= block.on)
        first = min(since, key=sort_key, default=None)
        if first is not None:
            yield CountedFact(first, first.on, amount=(first.on - block.on).days)


PI_14 = Indicator(
    id="PI-14",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(
        sr="Дани од регистрације до прве услуге, до првог посла",
        en="Days from registration to first service, first job",
    ),
    sentence=BilingualText(
        sr="Колико дана (медијана) прође од регистрације до прве услуге, а колико до првог посла?",
        en="How many days (median) pass from the registration to the first service, and to the "
        "first job?",
    ),
    numerator=BilingualText(
        sr="дани од првог податка о лицу до прве услуге (првог запослења)",
        en="days from the first block about the person to the first service (first placement)",
    ),
    denominator=BilingualText(sr="нема: приказује се медијана", en="none: the median is shown"),
    clock=BilingualText(
        sr="дан прве услуге (првог запослења)", en="the day of the first service (first placement)"
    ),
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.REPORT,
    splits=(),
    measures=(
        Measure(
            "first_service",
            MeasureKind.DURATION,
            _first_service,
            SERVICES,
            BilingualText(sr="дани до прве услуге", en="days to the first service"),
            unit=DAYS,
        ),
        Measure(
            "first_job",
            MeasureKind.DURATION,
            _first_job,
            (PlacementMade,),
            BilingualText(sr="дани до првог посла", en="days to the first job"),
            unit=DAYS,
        ),
    ),
)
