"""MI-09: resident migrants in work, training or school."""

from schemas.matching import PlacementMade
from schemas.registration import PersonEnrolled, PersonMoved, ReturneeRegistered
from schemas.text import Text
from schemas.training import CourseEnrolled, PracticeStarted, SchoolReenrolled
from services.reporting.counting.attributes import Person
from services.reporting.counting.dimensions import GROUP, SEX, PersonSplit
from services.reporting.counting.history import History
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
    each,
)
from services.reporting.counting.stays import RESIDENT_MIGRANTS, is_in, stays
from services.reporting.counting.words import LABOUR_MIGRANTS_IN_SERBIA

BEGINNINGS = (PlacementMade, CourseEnrolled, PracticeStarted, SchoolReenrolled)


def known(history: History) -> Counts:
    """Every stay, from a block or a move until the next block, move or departure."""
    for stay in stays(history):
        yield Counted(stay.begins, stay.begins.on, stay.until)


def active(history: History) -> Counts:
    """Everybody who begins work, a course, a practice or school while being in."""
    return each(f for f in history.any_of(*BEGINNINGS) if is_in(history, f.on))


def _resident_groups(person: Person) -> frozenset[str]:
    return person.stated_groups & RESIDENT_MIGRANTS


RESIDENT_GROUP = PersonSplit("group", GROUP.title, _resident_groups, is_overlapping=True)

MI_09 = Indicator(
    id="MI-09",
    category=LABOUR_MIGRANTS_IN_SERBIA,
    title=Text(
        sr="Досељена лица на послу, обуци или у школи",
        en="Resident migrants in work, training or school",
    ),
    sentence=Text(
        sr="Од досељених лица познатих у периоду, колико их је почело посао, обуку или школу?",
        en="Of the migrants known in the period, how many began work, training or school?",
    ),
    numerator=Text(
        sr="лица која су започела посао, курс, праксу или школу док су тражиоци азила, лица под "
        "заштитом или мигранти без статуса",
        en="persons who began work, a course, a practice or school while asylum seekers, protected "
        "or migrants without status",
    ),
    denominator=Text(
        sr="лица која су неког дана периода тражиоци азила, лица под заштитом или мигранти без "
        "статуса",
        en="persons who on some day of the period are asylum seekers, protected or migrants "
        "without status",
    ),
    clock=Text(
        sr="познати: сваки дан боравка; активни: дан догађаја",
        en="known: every day of the stay; active: the day on which it happened",
    ),
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(SEX, RESIDENT_GROUP),
    measures=(
        Measure(
            "known",
            Kind.PRESENT,
            known,
            (
                ReturneeRegistered,
                PersonEnrolled,
                PersonMoved,
            ),
            Text(sr="познати", en="known"),
        ),
        Measure("active", Kind.PERSONS, active, BEGINNINGS, Text(sr="активни", en="active")),
    ),
    readings=(Reading(Form.SHARE, "active", "known"),),
)
