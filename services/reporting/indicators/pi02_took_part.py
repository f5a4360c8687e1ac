"""PI-02: took part in training or in support for the search for work."""

from schemas.bilingual_text import BilingualText
from schemas.events.registration import ServiceDelivered
from schemas.events.training import CourseEnrolled, PracticeStarted
from services.reporting.domain.dimensions import AGE, GROUP, PROGRAMME, RETURNEE, SEX, YOUTH
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

_JOB_SEARCH_SERVICES = frozenset({"job_search_support", "motivation_workshop"})


def _took_part(history: History) -> CountedFacts:
    """Count everybody who begins a course or a practice, or is helped in the search for work."""
    services = history.of(ServiceDelivered)
    search = (fact for fact in services if fact.event.service in _JOB_SEARCH_SERVICES)
    return count_each([*history.any_of(CourseEnrolled, PracticeStarted), *search])


PI_02 = Indicator(
    id="PI-02",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(
        sr="Учесници обука и подршке у тражењу посла",
        en="Took part in training or job-search support",
    ),
    sentence=BilingualText(
        sr="Колико лица је у периоду почело обуку или праксу, или добило подршку у тражењу посла?",
        en="How many people began a course or a work practice, or were supported in the search "
        "of work, in the period?",
    ),
    numerator=BilingualText(
        sr="лица са уписом на курс, почетком праксе, подршком у тражењу посла или мотивационом "
        "радионицом",
        en="persons with a course enrolled in, a work practice begun, job-search support or a "
        "motivation workshop",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, YOUTH, RETURNEE, GROUP, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _took_part,
            (
                CourseEnrolled,
                PracticeStarted,
                ServiceDelivered,
            ),
            BilingualText(sr="учесници", en="took part"),
            Disclosure.A,
        ),
        Measure(
            "consented",
            MeasureKind.PERSONS,
            _took_part,
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
