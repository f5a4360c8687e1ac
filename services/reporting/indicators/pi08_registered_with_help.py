"""PI-08: registered as jobseekers with a partner's help."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import JobseekerRegistered
from services.reporting.domain.dimensions import AGE, HELPED_BY, PROGRAMME, RETURNEE, SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    Basis,
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, CONSENTED, ON_ITS_DAY, PROGRAMME_RESULTS


def _registered_with_help(history: History) -> CountedFacts:
    """Count everybody whom an organisation helped to register as a jobseeker."""
    return count_each(f for f in history.of(JobseekerRegistered) if f.event.helped_by is not None)


PI_08 = Indicator(
    id="PI-08",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(
        sr="Пријављени на евиденцију незапослених уз помоћ партнера",
        en="Registered as jobseekers with a partner's help",
    ),
    sentence=BilingualText(
        sr="Колико лица се у периоду пријавило на евиденцију незапослених уз помоћ неке "
        "организације?",
        en="How many people registered as jobseekers with the help of an organisation in the "
        "period?",
    ),
    numerator=BilingualText(
        sr="лица чија пријава на евиденцију наводи ко је помогао",
        en="persons whose registration as jobseeker names who helped",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, RETURNEE, HELPED_BY, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _registered_with_help,
            (JobseekerRegistered,),
            BilingualText(sr="пријављени уз помоћ", en="registered with help"),
            Disclosure.A,
        ),
        Measure(
            "consented",
            MeasureKind.PERSONS,
            _registered_with_help,
            (JobseekerRegistered,),
            CONSENTED,
            basis=Basis.CONSENT,
        ),
    ),
)
