"""MI-13: placed in work, and still employed after six months."""

from schemas.matching import PlacementMade
from schemas.text import Text
from services.reporting.counting.dimensions import (
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
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Counted,
    Counts,
    Disclosure,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
    each,
)
from services.reporting.counting.jobs import jobs
from services.reporting.counting.words import SOCIAL_INCLUSION

DURABLE_KINDS = frozenset({"open_ended", "fixed_6_plus", "self_employment"})
CONFIRMATIONS_SETTLE_DAYS = 90  # a confirmation counts until the 270th day, 90 after the due day


def placed(history: History) -> Counts:
    """Everybody who starts work."""
    return each(history.of(PlacementMade))


def durable(history: History) -> Counts:
    """The same, in work that is meant to last."""
    return each(f for f in history.of(PlacementMade) if f.event.kind in DURABLE_KINDS)


def due(history: History) -> Counts:
    """Every job, on its 180th day."""
    return [Counted(job.first, job.due) for job in jobs(history)]


def retained(history: History) -> Counts:
    """Jobs not ended by the due day, and confirmed around it by somebody else than the person."""
    lasting = (job for job in jobs(history) if not job.is_ended and job.is_confirmed)
    return [Counted(job.first, job.due) for job in lasting]


def unconfirmed(history: History) -> Counts:
    """Jobs not ended by the due day as far as anybody said, and not so confirmed."""
    silent = (job for job in jobs(history) if not job.is_ended and not job.is_confirmed)
    return [Counted(job.first, job.due) for job in silent]


MI_13 = Indicator(
    id="MI-13",
    category=SOCIAL_INCLUSION,
    title=Text(
        sr="Запослени, и још у радном односу после 6 месеци",
        en="Placed, and still employed after 6 months",
    ),
    sentence=Text(
        sr="Колико лица је у периоду почело да ради, колико њих трајније, и колико њих још ради "
        "180 дана касније?",
        en="How many people started work in the period, how many of them in lasting work, and how "
        "many still worked 180 days later?",
    ),
    numerator=Text(
        sr="лица чије запослење није завршено до 180. дана и које је неко други осим самог лица "
        "потврдио од 150. до 270. дана",
        en="persons whose job had not ended by the 180th day and was confirmed, by somebody else "
        "than the person, from the 150th to the 270th day",
    ),
    denominator=Text(
        sr="лица којима 180. дан запослења пада у период; исто запослење јављено двапут у истој "
        "општини у размаку до 14 дана једно је запослење",
        en="persons whose 180th day in a job falls in the period; a job told twice in the same "
        "municipality at most 14 days apart is one job",
    ),
    clock=Text(
        sr="први радни дан; за задржане први радни дан + 180 дана",
        en="the first day of work; for the retained ones the first day of work + 180 days",
    ),
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.PROPOSED,
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
            Kind.PERSONS,
            placed,
            (PlacementMade,),
            Text(sr="запослени", en="placed"),
            Disclosure.A,
        ),
        Measure(
            "durable",
            Kind.PERSONS,
            durable,
            (PlacementMade,),
            Text(sr="трајније запослени", en="placed in lasting work"),
        ),
        Measure(
            "due",
            Kind.COHORT,
            due,
            (PlacementMade,),
            Text(sr="доспели за проверу", en="due"),
            settle_days=CONFIRMATIONS_SETTLE_DAYS,
        ),
        Measure(
            "retained",
            Kind.COHORT,
            retained,
            (PlacementMade,),
            Text(sr="задржали запослење", en="retained"),
            settle_days=CONFIRMATIONS_SETTLE_DAYS,
        ),
        Measure(
            "unconfirmed",
            Kind.COHORT,
            unconfirmed,
            (PlacementMade,),
            Text(sr="без потврде", en="unconfirmed"),
            settle_days=CONFIRMATIONS_SETTLE_DAYS,
        ),
    ),
    readings=(
        Reading(Form.TOGETHER, "placed", "durable"),
        Reading(Form.SHARE, "retained", "due"),
    ),
)
