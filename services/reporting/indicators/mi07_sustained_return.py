"""MI-07: sustained return at 6 and 12 months."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from schemas.bilingual_text import BilingualText
from schemas.events.registration import FollowupRecorded, ReturneeRegistered
from schemas.periods import DayRange, add_months
from services.reporting.domain.dimensions import AGE, MODALITY, SEX
from services.reporting.domain.history import Fact, History, cached_on_history
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
    Rule,
)
from services.reporting.domain.labels import MONITORING_OF_RETURNS, RETURNS
from services.reporting.domain.shared_rules import returns_started

_MONTHS = (6, 12)
_ASKED_FROM = timedelta(days=45)
_ASKED_UNTIL_DAYS = 90
_ASKED_UNTIL = timedelta(days=_ASKED_UNTIL_DAYS)
_THERE = frozenset({"same", "moved_in_serbia"})
_ACTIVE = frozenset({"employed", "education", "benefit"})
_OUTCOMES = {
    "due": BilingualText(sr="доспели", en="due"),
    "sustained": BilingualText(sr="одржив повратак", en="sustained"),
    "not_active": BilingualText(sr="ту су, без посла, школе и помоћи", en="there, but not active"),
    "abroad": BilingualText(sr="поново у иностранству", en="abroad again"),
    "unreachable": BilingualText(sr="недоступни", en="unreachable"),
    "missing": BilingualText(sr="нико није питао", en="no follow-up"),
}


@cached_on_history
def _returns_due(history: History) -> Mapping[str, CountedFacts]:
    """Return, by measure, every return on each of its due days, except those of people who died."""
    found: dict[str, list[CountedFact]] = {}
    for start in returns_started(history):
        for months, due in _due_days(start):
            if not _has_died(history, by=due + _ASKED_UNTIL):
                counted = CountedFact(start, due)
                found.setdefault(f"m{months}_due", []).append(counted)
                found.setdefault(f"m{months}_{_outcome(history, months, due)}", []).append(counted)
    return found


def _returns(measure: str) -> Rule:
    """Return the rule of one of the twelve measures."""
    return lambda history: _returns_due(history).get(measure, ())


def _due_days(start: Fact[ReturneeRegistered]) -> Iterator[tuple[int, date]]:
    for months in _MONTHS:
        yield months, add_months(start.on, months)


def _has_died(history: History, *, by: date) -> bool:
    """Return whether a follow-up of any month reports the death by a day."""
    followups = history.of(FollowupRecorded)
    return any(f.event.whereabouts == "died" and f.on <= by for f in followups)


def _outcome(history: History, months: int, due: date) -> str:
    """Return the outcome by the last of this month's follow-ups around the due day."""
    window = DayRange(due - _ASKED_FROM, due + _ASKED_UNTIL)
    asked = [f.event for f in history.of(FollowupRecorded) if window.contains(f.on)]
    answers = [event for event in asked if event.month == months]
    if not answers:
        return "missing"
    last = answers[-1]
    if last.whereabouts in _THERE:
        return "sustained" if last.activity in _ACTIVE else "not_active"
    return last.whereabouts


def _measures(months: int) -> Iterator[Measure]:
    for outcome, title in _OUTCOMES.items():
        name = f"m{months}_{outcome}"
        named = BilingualText(
            sr=f"{title.sr} ({months} месеци)", en=f"{title.en} ({months} months)"
        )
        yield Measure(
            name,
            MeasureKind.COHORT,
            _returns(name),
            (ReturneeRegistered,),
            named,
            settle_days=_ASKED_UNTIL_DAYS,
            unit=RETURNS,
        )


MI_07 = Indicator(
    id="MI-07",
    version=1,
    category=MONITORING_OF_RETURNS,
    title=BilingualText(
        sr="Одржив повратак после 6 и 12 месеци", en="Sustained return at 6 and 12 months"
    ),
    sentence=BilingualText(
        sr="Од повратника којима 6 (12) месеци од регистрације пада у период, колико их је још у "
        "Србији и ради, учи или прима помоћ?",
        en="Of the returnees whose 6 (12) months after registration fall in the period, how many "
        "are still in Serbia and work, learn or receive a benefit?",
    ),
    numerator=BilingualText(
        sr="повратници за које последње праћење од 45 дана пре до 90 дана после рока каже да су "
        "ту и да раде, уче или примају помоћ",
        en="returnees of whom the last follow-up from 45 days before to 90 days after the due day "
        "says that they are there and work, learn or receive a benefit",
    ),
    denominator=BilingualText(
        sr="повратници којима рок пада у период, осим преминулих",
        en="returnees whose due day falls in the period, except those who died",
    ),
    clock=BilingualText(sr="регистрација + 6 (12) месеци", en="registration + 6 (12) months"),
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, MODALITY),
    measures=(*_measures(6), *_measures(12)),
    caveat=BilingualText(
        sr="није индекс одрживости повратка Међународне организације за миграције, који се рачуна "
        "из упитника",
        en="this is not the score of the International Organization for Migration, which is "
        "computed from questionnaires",
    ),
    readings=tuple(
        MeasureReading(ReadingForm.SHARE, f"m{months}_{outcome}", f"m{months}_due")
        for months in _MONTHS
        for outcome in _OUTCOMES
        if outcome != "due"
    ),
)
