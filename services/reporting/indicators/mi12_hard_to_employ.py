"""MI-12: hard-to-employ people reached by a service or measure."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta

from schemas.bilingual_text import BilingualText
from schemas.events.matching import JobseekerRegistered
from schemas.events.registration import ServiceDelivered
from schemas.events.training import CourseEnrolled, PracticeStarted
from services.reporting.domain.attributes import attribute_timeline
from services.reporting.domain.dimensions import AGE, GROUP, SEX, YOUTH
from services.reporting.domain.history import History, cached_on_history
from services.reporting.domain.indicator import (
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, ON_ITS_DAY, SOCIAL_INCLUSION
from services.reporting.domain.shared_rules import Spell, spells

_OFFERS = (ServiceDelivered, CourseEnrolled, PracticeStarted, JobseekerRegistered)
_OPENS_WITHIN = timedelta(days=30)
_NO_HARDSHIP = frozenset({"other"})
_NO_MIGRATION = frozenset({"local"})


def _reached(history: History) -> CountedFacts:
    """Count everybody who receives a service or measure while hard to employ."""
    return count_each(f for f in history.any_of(*_OFFERS) if _is_hard_to_employ(history, f.on))


def _is_hard_to_employ(history: History, day: date) -> bool:
    """Return whether a non-local person is a jobseeker of a hard category now or within 30 days."""
    if not _is_open_or_starts_soon(_hard_spells(history), day):
        return False
    return bool(attribute_timeline(history).on(day).stated_groups - _NO_MIGRATION)


@cached_on_history
def _hard_spells(history: History) -> list[Spell]:
    found = spells(history)
    return [
        spell for spell in found if not _NO_HARDSHIP.issuperset(spell.registered.event.categories)
    ]


def _is_open_or_starts_soon(hard_spells: Sequence[Spell], day: date) -> bool:
    """Return whether a spell is open or starts soon; none of them ends after the last one."""
    begun = bisect_right(hard_spells, day + _OPENS_WITHIN, key=lambda spell: spell.registered.on)
    return begun > 0 and (hard_spells[begun - 1].until or date.max) > day


MI_12 = Indicator(
    id="MI-12",
    version=1,
    category=SOCIAL_INCLUSION,
    title=BilingualText(
        sr="Теже запошљива лица до којих је стигла услуга или мера",
        en="Hard-to-employ reached by a service or measure",
    ),
    sentence=BilingualText(
        sr="До колико теже запошљивих лица је у периоду стигла услуга, обука, пракса или пријава "
        "на евиденцију?",
        en="How many hard-to-employ people did a service, a course, a work practice or a "
        "registration as jobseeker reach in the period?",
    ),
    numerator=BilingualText(
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
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, YOUTH, GROUP),
    measures=(
        Measure(
            "reached",
            MeasureKind.PERSONS,
            _reached,
            _OFFERS,
            BilingualText(sr="обухваћени", en="reached"),
        ),
    ),
)
