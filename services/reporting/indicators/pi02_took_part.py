"""PI-02: took part in training or in support for the search of work."""

from schemas.registration import ServiceDelivered
from schemas.text import Text
from schemas.training import CourseEnrolled, PracticeStarted
from services.reporting.counting.dimensions import AGE, GROUP, PROGRAMME, RETURNEE, SEX, YOUTH
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

JOB_SEARCH_SERVICES = frozenset({"job_search_support", "motivation_workshop"})


def took_part(history: History) -> Counts:
    """Everybody who begins a course or a practice, or is helped in the search of work."""
    services = history.of(ServiceDelivered)
    search = (fact for fact in services if fact.event.service in JOB_SEARCH_SERVICES)
    return each([*history.any_of(CourseEnrolled, PracticeStarted), *search])


PI_02 = Indicator(
    id="PI-02",
    category=PROGRAMME_RESULTS,
    title=Text(
        sr="Учесници обука и подршке у тражењу посла",
        en="Took part in training or job-search support",
    ),
    sentence=Text(
        sr="Колико лица је у периоду почело обуку или праксу, или добило подршку у тражењу посла?",
        en="How many people began a course or a work practice, or were supported in the search "
        "of work, in the period?",
    ),
    numerator=Text(
        sr="лица са уписом на курс, почетком праксе, подршком у тражењу посла или мотивационом "
        "радионицом",
        en="persons with a course enrolled in, a work practice begun, job-search support or a "
        "motivation workshop",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, YOUTH, RETURNEE, GROUP, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            took_part,
            (
                CourseEnrolled,
                PracticeStarted,
                ServiceDelivered,
            ),
            Text(sr="учесници", en="took part"),
            Disclosure.A,
        ),
        Measure(
            "consented",
            Kind.PERSONS,
            took_part,
            (
                CourseEnrolled,
                PracticeStarted,
                ServiceDelivered,
            ),
            CONSENTED,
            basis=Basis.CONSENT,
        ),
    ),
)
