"""MI-06: returnees assessed and referred within 30 days of their registration."""

from datetime import timedelta

from schemas.bilingual_text import BilingualText
from schemas.events.registration import NeedsAssessed, ReferralMade, ReturneeRegistered
from schemas.periods import DayRange
from services.reporting.domain.dimensions import AGE, MODALITY, SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFact,
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
)
from services.reporting.domain.labels import MONITORING_OF_RETURNS, RETURNS
from services.reporting.domain.shared_rules import returns_started

_DAYS_30 = timedelta(days=30)


def _due(history: History) -> CountedFacts:
    """Count every return that starts the clock on its 30th day."""
    for start in returns_started(history):
        yield CountedFact(start, start.on + _DAYS_30)


def _done(history: History) -> CountedFacts:
    """Count those with an assessment and a referral, both from 30 days before to 30 days after."""
    for start in returns_started(history):
        window = DayRange(start.on - _DAYS_30, start.on + _DAYS_30)
        if history.has_any(NeedsAssessed, within=window) and history.has_any(
            ReferralMade, within=window
        ):
            yield CountedFact(start, window.last)


MI_06 = Indicator(
    id="MI-06",
    version=1,
    category=MONITORING_OF_RETURNS,
    title=BilingualText(
        sr="Процењени и упућени у року од 30 дана", en="Assessed and referred within 30 days"
    ),
    sentence=BilingualText(
        sr="Од повратника којима је 30. дан по регистрацији пао у период, колико их је до тада "
        "и процењено и упућено?",
        en="Of those whose 30th day after registration fell in the period, how many had been "
        "both assessed and referred by then?",
    ),
    numerator=BilingualText(
        sr="повратници са проценом потреба и упутом, оба од 30 дана пре регистрације до 30. дана "
        "после ње",
        en="returnees with an assessment of needs and a referral, both from 30 days before the "
        "registration to the 30th day after it",
    ),
    denominator=BilingualText(
        sr="повратници којима 30. дан по регистрацији пада у период; поновна регистрација у року "
        "од 12 месеци не почиње нови рок",
        en="returnees whose 30th day after registration falls in the period; a registration "
        "within 12 months of an earlier one starts no new clock",
    ),
    clock=BilingualText(sr="регистрација + 30 дана", en="registration + 30 days"),
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, MODALITY),
    measures=(
        Measure(
            "due",
            MeasureKind.COHORT,
            _due,
            (ReturneeRegistered,),
            BilingualText(sr="доспели", en="due"),
            unit=RETURNS,
        ),
        Measure(
            "done",
            MeasureKind.COHORT,
            _done,
            (ReturneeRegistered,),
            BilingualText(sr="процењени и упућени", en="done"),
            unit=RETURNS,
        ),
    ),
    caveat=BilingualText(
        sr="рок од 30 дана је наш",
        en="the 30 days are ours",
    ),
    readings=(MeasureReading(ReadingForm.SHARE, "done", "due"),),
)
