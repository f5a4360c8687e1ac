"""MI-09: resident migrants in work, training or school."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonEnrolled, PersonMoved, ReturneeRegistered
from schemas.events.training import CourseEnrolled, PracticeStarted, SchoolReenrolled
from services.reporting.domain.attributes import PersonAttributes
from services.reporting.domain.dimensions import GROUP, SEX, PersonSplit
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
from services.reporting.domain.labels import LABOUR_MIGRANTS_IN_SERBIA
from services.reporting.domain.stays import RESIDENT_MIGRANTS, stay_on, stays

_BEGINNINGS = (PlacementMade, CourseEnrolled, PracticeStarted, SchoolReenrolled)


def _known(history: History) -> CountedFacts:
    """Count every stay, from a block or a move until the next block, move or departure."""
    for stay in stays(history):
        yield CountedFact(stay.begins, stay.begins.on, stay.until)


def _active(history: History) -> CountedFacts:
    """Count everybody who begins work, a course, a practice or school while being in.

    They count where and as what they are known on that day, so that nobody is active where nobody
    knows them.
    """
    for fact in history.any_of(*_BEGINNINGS):
        if (stay := stay_on(history, fact.on)) is not None:
            yield CountedFact(stay.begins, fact.on)


def _resident_groups(person: PersonAttributes) -> frozenset[str]:
    return person.stated_groups & RESIDENT_MIGRANTS


_RESIDENT_GROUP = PersonSplit("group", GROUP.title, _resident_groups, is_overlapping=True)

MI_09 = Indicator(
    id="MI-09",
    version=2,
    category=LABOUR_MIGRANTS_IN_SERBIA,
    title=BilingualText(
        sr="Досељена лица на послу, обуци или у школи",
        en="Resident migrants in work, training or school",
    ),
    sentence=BilingualText(
        sr="Од досељених лица познатих у периоду, колико их је почело посао, обуку или школу?",
        en="Of the migrants known in the period, how many began work, training or school?",
    ),
    numerator=BilingualText(
        sr="лица која су започела посао, курс, праксу или школу док су тражиоци азила, лица под "
        "заштитом, мигранти без статуса или радни мигранти",
        en="persons who began work, a course, a practice or school while asylum seekers, "
        "protected, migrants without status or labour migrants",
    ),
    denominator=BilingualText(
        sr="лица која су неког дана периода тражиоци азила, лица под заштитом, мигранти без "
        "статуса или радни мигранти",
        en="persons who on some day of the period are asylum seekers, protected, migrants without "
        "status or labour migrants",
    ),
    clock=BilingualText(
        sr="познати: сваки дан боравка; активни: дан догађаја",
        en="known: every day of the stay; active: the day on which it happened",
    ),
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, _RESIDENT_GROUP),
    measures=(
        Measure(
            "known",
            MeasureKind.PRESENT,
            _known,
            (
                ReturneeRegistered,
                PersonEnrolled,
                PersonMoved,
            ),
            BilingualText(sr="познати", en="known"),
        ),
        Measure(
            "active",
            MeasureKind.PERSONS,
            _active,
            (*_BEGINNINGS, ReturneeRegistered, PersonEnrolled, PersonMoved),
            BilingualText(sr="активни", en="active"),
        ),
    ),
    readings=(MeasureReading(ReadingForm.SHARE, "active", "known"),),
)
