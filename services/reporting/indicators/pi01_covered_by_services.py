"""PI-01: persons covered by services."""

from collections.abc import Sequence

from schemas.matching import BusinessStarted, JobseekerRegistered, PlacementMade
from schemas.registration import NeedsAssessed, ReferralMade, ServiceDelivered
from schemas.text import Text
from schemas.training import CourseCompleted, CourseEnrolled, PracticeStarted, SchoolReenrolled
from services.reporting.dimensions import AGE, GROUP, PROGRAMME, RETURNEE, SEX
from services.reporting.history import Fact, History, remembered
from services.reporting.indicator import (
    Counts,
    Disclosure,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.words import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS

HELPED_INTO_WORK = frozenset({"mediation", "practice", "programme"})


@remembered
def services_to(history: History) -> Sequence[Fact]:
    """Every fact, in order, by which the person was covered."""
    facts = history.among(
        ServiceDelivered,
        NeedsAssessed,
        ReferralMade,
        CourseEnrolled,
        CourseCompleted,
        PracticeStarted,
        SchoolReenrolled,
        JobseekerRegistered,
        PlacementMade,
        BusinessStarted,
    )
    return [fact for fact in facts if _was_helped(fact)]


def _was_helped(fact: Fact) -> bool:
    match fact.event:
        case JobseekerRegistered(helped_by=helper):
            return helper is not None
        case PlacementMade(channel=channel):
            return channel in HELPED_INTO_WORK
        case BusinessStarted(grant=has_grant):
            return has_grant
        case _:
            return True


def covered(history: History) -> Counts:
    """Everybody to whom any of these happened."""
    return each(services_to(history))


PI_01 = Indicator(
    id="PI-01",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Лица обухваћена услугама", en="Persons covered by services"),
    sentence=Text(
        sr="Колико лица је у периоду добило бар једну услугу, обуку, праксу, упут или помоћ при "
        "запошљавању?",
        en="How many people received at least one service, course, work practice, referral or "
        "help into work in the period?",
    ),
    numerator=Text(
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
    definition_status=Status.REPORT,
    splits=(SEX, AGE, RETURNEE, GROUP, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            covered,
            Text(sr="обухваћени", en="covered"),
            Disclosure.A,
        ),
    ),
)
