"""PI-14: days from registration to the first service and to the first job."""

from collections.abc import Sequence

from schemas.matching import PlacementMade
from schemas.text import Text
from services.reporting.counting.attributes import life
from services.reporting.counting.history import Fact, History, order_of
from services.reporting.counting.indicator import (
    Counted,
    Counts,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
)
from services.reporting.counting.words import DAYS, PROGRAMME_RESULTS
from services.reporting.indicators.pi01_covered_by_services import SERVICES, services_to


def first_service(history: History) -> Counts:
    """The first fact of PI-01's list on or after the first block."""
    return _first_after_registration(history, services_to(history))


def first_job(history: History) -> Counts:
    """The first placement on or after the first block."""
    return _first_after_registration(history, history.of(PlacementMade))


def _first_after_registration(history: History, facts: Sequence[Fact]) -> Counts:
    """The days between, counted on the later day and at its place."""
    for block in life(history).blocks[:1]:
        since = (fact for fact in facts if fact.on >= block.on)
        first = min(since, key=order_of, default=None)
        if first is not None:
            yield Counted(first, first.on, amount=(first.on - block.on).days)


PI_14 = Indicator(
    id="PI-14",
    category=PROGRAMME_RESULTS,
    title=Text(
        sr="Дани од регистрације до прве услуге, до првог посла",
        en="Days from registration to first service, first job",
    ),
    sentence=Text(
        sr="Колико дана (медијана) прође од регистрације до прве услуге, а колико до првог посла?",
        en="How many days (median) pass from the registration to the first service, and to the "
        "first job?",
    ),
    numerator=Text(
        sr="дани од првог податка о лицу до прве услуге (првог запослења)",
        en="days from the first block about the person to the first service (first placement)",
    ),
    denominator=Text(sr="нема: приказује се медијана", en="none: the median is shown"),
    clock=Text(
        sr="дан прве услуге (првог запослења)", en="the day of the first service (first placement)"
    ),
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=Status.REPORT,
    splits=(),
    measures=(
        Measure(
            "first_service",
            Kind.DURATION,
            first_service,
            SERVICES,
            Text(sr="дани до прве услуге", en="days to the first service"),
            unit=DAYS,
        ),
        Measure(
            "first_job",
            Kind.DURATION,
            first_job,
            (PlacementMade,),
            Text(sr="дани до првог посла", en="days to the first job"),
            unit=DAYS,
        ),
    ),
)
