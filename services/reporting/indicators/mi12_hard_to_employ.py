"""MI-12: hard-to-employ people reached by a service or measure."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta

from schemas.matching import JobseekerRegistered
from schemas.registration import ServiceDelivered
from schemas.text import Text
from schemas.training import CourseEnrolled, PracticeStarted
from services.reporting.counting.attributes import life
from services.reporting.counting.dimensions import AGE, GROUP, SEX, YOUTH
from services.reporting.counting.history import History, remembered
from services.reporting.counting.indicator import (
    Counts,
    Disclosure,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.counting.spells import Spell, spells
from services.reporting.counting.words import A_COUNT, ON_ITS_DAY, SOCIAL_INCLUSION

OFFERS = (ServiceDelivered, CourseEnrolled, PracticeStarted, JobseekerRegistered)
OPENS_WITHIN = timedelta(days=30)
NO_HARDSHIP = frozenset({"other"})
NO_MIGRATION = frozenset({"local"})


def reached(history: History) -> Counts:
    """Everybody to whom a service or measure comes while hard to employ."""
    return each(f for f in history.any_of(*OFFERS) if _is_hard_to_employ(history, f.on))


def _is_hard_to_employ(history: History, day: date) -> bool:
    """A jobseeker of a hard category now or within 30 days, of a group other than local."""
    if not _is_or_comes(_hard_spells(history), day):
        return False
    return bool(life(history).on(day).stated_groups - NO_MIGRATION)


@remembered
def _hard_spells(history: History) -> list[Spell]:
    told = spells(history)
    return [
        spell for spell in told if not NO_HARDSHIP.issuperset(spell.registered.event.categories)
    ]


def _is_or_comes(told: Sequence[Spell], day: date) -> bool:
    """Of all that are open or come soon none is over later than the last of them."""
    begun = bisect_right(told, day + OPENS_WITHIN, key=lambda spell: spell.registered.on)
    return begun > 0 and (told[begun - 1].until or date.max) > day


MI_12 = Indicator(
    id="MI-12",
    category=SOCIAL_INCLUSION,
    title=Text(
        sr="Теже запошљива лица до којих је стигла услуга или мера",
        en="Hard-to-employ reached by a service or measure",
    ),
    sentence=Text(
        sr="До колико теже запошљивих лица је у периоду стигла услуга, обука, пракса или пријава "
        "на евиденцију?",
        en="How many hard-to-employ people did a service, a course, a work practice or a "
        "registration as jobseeker reach in the period?",
    ),
    numerator=Text(
        sr="лица са услугом, уписом на курс, почетком праксе или пријавом на евиденцију, која су "
        "тада или у наредних 30 дана на евиденцији у некој од тежих категорија и припадају групи "
        "која није само локално становништво",
        en="persons with a service, a course enrolled in, a practice begun or a registration as "
        "jobseeker, who then or within 30 days are jobseekers of a hard category, and belong to a "
        "group other than local",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE, YOUTH, GROUP),
    measures=(
        Measure(
            "reached",
            Kind.PERSONS,
            reached,
            OFFERS,
            Text(sr="обухваћени", en="reached"),
            Disclosure.A,
        ),
    ),
)
