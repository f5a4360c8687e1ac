"""PI-01: persons covered by services."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import BusinessStarted, JobseekerRegistered, PlacementMade
from schemas.events.registration import NeedsAssessed, ReferralMade, ServiceDelivered
from schemas.events.training import (
    CourseCompleted,
    CourseEnrolled,
    PracticeStarted,
    SchoolReenrolled,
)
from services.reporting.domain.dimensions import AGE, GROUP, PROGRAMME, RETURNEE, SEX
from services.reporting.domain.history import Fact, History, cached_on_history
from services.reporting.domain.indicator import (
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS

_ALWAYS_A_SERVICE = (
    ServiceDelivered,
    NeedsAssessed,
    ReferralMade,
    CourseEnrolled,
    CourseCompleted,
    PracticeStarted,
    SchoolReenrolled,
)
SERVICES = (*_ALWAYS_A_SERVICE, JobseekerRegistered, PlacementMade, BusinessStarted)
_HELPED_INTO_WORK = frozenset({"mediation", "practice", "programme"})


@cached_on_history
def services_to(history: History) -> list[Fact]:
    """Return every fact by which the person was covered."""
    registered = history.of(JobseekerRegistered)
    made = history.of(PlacementMade)
    started = history.of(BusinessStarted)
    return [
        *history.any_of(*_ALWAYS_A_SERVICE),
        *(fact for fact in registered if fact.event.helped_by is not None),
        *(fact for fact in made if fact.event.channel in _HELPED_INTO_WORK),
        *(fact for fact in started if fact.event.grant),
    ]


def _covered(history: History) -> CountedFacts:
    """Count everybody who has any such fact."""
    return count_each(services_to(history))


PI_01 = Indicator(
    id="PI-01",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Лица обухваћена услугама", en="Persons covered by services"),
    sentence=BilingualText(
        sr="Колико лица је у периоду добило бар једну услугу, обуку, праксу, упут или помоћ при "
        "запошљавању?",
        en="How many people received at least one service, course, work practice, referral or "
        "help into work in the period?",
    ),
    numerator=BilingualText(
        sr="лица са услугом, проценом потреба, упутом, уписом или завршетком курса, почетком "
        "праксе, повратком у школу, пријавом на евиденцију уз нечију помоћ, запослењем преко "
        "посредовања, праксе или програма, или започетим послом уз грант",
        en="persons with a service, an assessment, a referral, a course begun or completed, a "
        "work practice begun, a return to school, a registration as jobseeker with somebody's "
        "help, a placement by mediation, practice or programme, or a business started with a "
        "grant",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, RETURNEE, GROUP, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _covered,
            SERVICES,
            BilingualText(sr="обухваћени", en="covered"),
            Disclosure.A,
        ),
    ),
)
