"""MI-13: placed in work, and still employed after six months."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from services.reporting.domain.dimensions import (
    AGE,
    EMPLOYER_KIND,
    GROUP,
    KIND,
    OCCUPATION,
    PROGRAMME,
    RETURNEE,
    SECTOR,
    SEX,
    YOUTH,
)
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFact,
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
    count_each,
)
from services.reporting.domain.labels import JOBS, SOCIAL_INCLUSION
from services.reporting.domain.shared_rules import jobs

_DURABLE_KINDS = frozenset({"open_ended", "fixed_6_plus", "self_employment"})
_CONFIRMATIONS_SETTLE_DAYS = 90  # a confirmation counts until the 270th day, 90 after the due day


def placed(history: History) -> CountedFacts:
    """Count everybody who starts work."""
    return count_each(history.of(PlacementMade))


def durable(history: History) -> CountedFacts:
    """Count everybody who starts durable work."""
    return count_each(f for f in history.of(PlacementMade) if f.event.kind in _DURABLE_KINDS)


def _due(history: History) -> CountedFacts:
    """Count every job on its 180th day."""
    return [CountedFact(job.first, job.due) for job in jobs(history)]


def _retained(history: History) -> CountedFacts:
    """Count jobs not ended by the due day and confirmed around it by anyone but the person."""
    lasting = (job for job in jobs(history) if not job.is_ended and job.is_confirmed)
    return [CountedFact(job.first, job.due) for job in lasting]


def _unconfirmed(history: History) -> CountedFacts:
    """Count jobs without a reported end by the due day that were not confirmed so."""
    silent = (job for job in jobs(history) if not job.is_ended and not job.is_confirmed)
    return [CountedFact(job.first, job.due) for job in silent]


MI_13 = Indicator(
    id="MI-13",
    version=2,
    category=SOCIAL_INCLUSION,
    title=BilingualText(
        sr="Запослени, и још у радном односу после 6 месеци",
        en="Placed, and still employed after 6 months",
    ),
    sentence=BilingualText(
        sr="Колико лица је у периоду почело да ради, колико њих трајније, и колико њих још ради "
        "180 дана касније?",
        en="How many people started work in the period, how many of them in lasting work, and how "
        "many still worked 180 days later?",
    ),
    numerator=BilingualText(
        sr="лица чије запослење није завршено до 180. дана и које је неко други осим самог лица "
        "потврдио од 150. до 270. дана",
        en="persons whose job had not ended by the 180th day and was confirmed, by somebody else "
        "than the person, from the 150th to the 270th day",
    ),
    denominator=BilingualText(
        sr="лица којима 180. дан запослења пада у период; исто запослење јављено двапут у истој "
        "општини у размаку до 14 дана једно је запослење",
        en="persons whose 180th day in a job falls in the period; a job reported twice in the same "
        "municipality at most 14 days apart is one job",
    ),
    clock=BilingualText(
        sr="први радни дан; за задржане први радни дан + 180 дана",
        en="the first day of work; for the retained ones the first day of work + 180 days",
    ),
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(
        SEX,
        AGE,
        YOUTH,
        RETURNEE,
        GROUP,
        KIND,
        EMPLOYER_KIND,
        SECTOR,
        OCCUPATION,
        PROGRAMME,
    ),
    measures=(
        Measure(
            "placed",
            MeasureKind.PERSONS,
            placed,
            (PlacementMade,),
            BilingualText(sr="запослени", en="placed"),
            Disclosure.A,
        ),
        Measure(
            "durable",
            MeasureKind.PERSONS,
            durable,
            (PlacementMade,),
            BilingualText(sr="трајније запослени", en="placed in lasting work"),
        ),
        Measure(
            "due",
            MeasureKind.COHORT,
            _due,
            (PlacementMade,),
            BilingualText(sr="доспели за проверу", en="due"),
            settle_days=_CONFIRMATIONS_SETTLE_DAYS,
            unit=JOBS,
        ),
        Measure(
            "retained",
            MeasureKind.COHORT,
            _retained,
            (PlacementMade,),
            BilingualText(sr="задржали запослење", en="retained"),
            settle_days=_CONFIRMATIONS_SETTLE_DAYS,
            unit=JOBS,
        ),
        Measure(
            "unconfirmed",
            MeasureKind.COHORT,
            _unconfirmed,
            (PlacementMade,),
            BilingualText(sr="без потврде", en="unconfirmed"),
            settle_days=_CONFIRMATIONS_SETTLE_DAYS,
            unit=JOBS,
        ),
    ),
    readings=(
        MeasureReading(ReadingForm.TOGETHER, "placed", "durable"),
        MeasureReading(ReadingForm.SHARE, "retained", "due"),
    ),
)
