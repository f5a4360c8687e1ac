"""MI-06: returnees assessed and referred within 30 days of their registration."""

from datetime import timedelta

from schemas.registration import NeedsAssessed, ReferralMade, ReturneeRegistered
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, MODALITY, SEX
from services.reporting.counting.history import Days, History
from services.reporting.counting.indicator import (
    Counted,
    Counts,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
)
from services.reporting.counting.returns import returns_started
from services.reporting.counting.words import MONITORING_OF_RETURNS

DAYS_30 = timedelta(days=30)


def due(history: History) -> Counts:
    """Every return that starts the clock, on its 30th day."""
    for start in returns_started(history):
        yield Counted(start, start.on + DAYS_30)


def done(history: History) -> Counts:
    """Those with an assessment and a referral, both from 30 days before the start until due."""
    for start in returns_started(history):
        window = Days(start.on - DAYS_30, start.on + DAYS_30)
        if history.any(NeedsAssessed, within=window) and history.any(ReferralMade, within=window):
            yield Counted(start, window.last)


MI_06 = Indicator(
    id="MI-06",
    category=MONITORING_OF_RETURNS,
    title=Text(
        sr="Процењени и упућени у року од 30 дана", en="Assessed and referred within 30 days"
    ),
    sentence=Text(
        sr="Од повратника којима је 30. дан по регистрацији пао у период, колико их је до тада "
        "и процењено и упућено?",
        en="Of those whose 30th day after registration fell in the period, how many had been "
        "both assessed and referred by then?",
    ),
    numerator=Text(
        sr="повратници са проценом потреба и упутом, оба од 30 дана пре регистрације до 30. дана "
        "после ње",
        en="returnees with an assessment of needs and a referral, both from 30 days before the "
        "registration to the 30th day after it",
    ),
    denominator=Text(
        sr="повратници којима 30. дан по регистрацији пада у период; поновна регистрација у року "
        "од 12 месеци не почиње нови рок",
        en="returnees whose 30th day after registration falls in the period; a registration "
        "within 12 months of an earlier one starts no new clock",
    ),
    clock=Text(sr="регистрација + 30 дана", en="registration + 30 days"),
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE, MODALITY),
    measures=(
        Measure("due", Kind.COHORT, due, (ReturneeRegistered,), Text(sr="доспели", en="due")),
        Measure(
            "done",
            Kind.COHORT,
            done,
            (ReturneeRegistered,),
            Text(sr="процењени и упућени", en="done"),
        ),
    ),
    readings=(Reading(Form.SHARE, "done", "due"),),
)
