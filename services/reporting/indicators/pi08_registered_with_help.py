"""PI-08: registered as jobseekers with a partner's help."""

from schemas.matching import JobseekerRegistered
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, HELPED_BY, PROGRAMME, RETURNEE, SEX
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Basis,
    Counts,
    Disclosure,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.counting.words import A_COUNT, CONSENTED, ON_ITS_DAY, PROGRAMME_RESULTS


def registered_with_help(history: History) -> Counts:
    """Everybody whom an organisation helped to register as a jobseeker."""
    return each(f for f in history.of(JobseekerRegistered) if f.event.helped_by is not None)


PI_08 = Indicator(
    id="PI-08",
    category=PROGRAMME_RESULTS,
    title=Text(
        sr="Пријављени на евиденцију незапослених уз помоћ партнера",
        en="Registered as jobseekers with a partner's help",
    ),
    sentence=Text(
        sr="Колико лица се у периоду пријавило на евиденцију незапослених уз помоћ неке "
        "организације?",
        en="How many people registered as jobseekers with the help of an organisation in the "
        "period?",
    ),
    numerator=Text(
        sr="лица чија пријава на евиденцију наводи ко је помогао",
        en="persons whose registration as jobseeker names who helped",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, RETURNEE, HELPED_BY, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            registered_with_help,
            (JobseekerRegistered,),
            Text(sr="пријављени уз помоћ", en="registered with help"),
            Disclosure.A,
        ),
        Measure(
            "consented",
            Kind.PERSONS,
            registered_with_help,
            (JobseekerRegistered,),
            CONSENTED,
            basis=Basis.CONSENT,
        ),
    ),
)
