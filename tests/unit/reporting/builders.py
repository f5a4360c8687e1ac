"""Builders of facts: they fill every field, so that a test names only what it is about."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import count
from typing import cast

from schemas.declared_codes import shipped
from schemas.events.event import Event
from schemas.events.matching import MatchingFactRetracted
from schemas.events.reference import ObservationLoaded, ReferenceFactRetracted
from schemas.events.registration import RegistrationFactRetracted
from schemas.events.training import TrainingFactRetracted
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact, Retraction
from services.reporting.domain.indicator import Entry
from services.reporting.indicators import catalogue

PROKUPLJE = "70998"
NIS = "79022"
NOVI_SAD = "89010"
P = "p-0123456789abcdefghjkmnpqrs"
Q = "p-1123456789abcdefghjkmnpqrs"
V = "v-0123456789abcdefghjkmnpqrs"
NES = "/partners/nes"
SCHOOL = "/partners/technical-school"
EMPLOYER = "o-matis"
RECORDED = datetime(2023, 1, 1, tzinfo=UTC)
DEFINITIONS = catalogue(shipped())

BLOCK: Mapping[str, object] = {
    "sex": "female",
    "birth_year": 2001,
    "birth_month": 5,
    "qualification": "4",
    "groups": ("returnee_other",),
}
COMMON: Mapping[str, object] = {"on": "2023-03-02", "municipality": PROKUPLJE}
FIELDS: Mapping[str, Mapping[str, object]] = {
    "registration.returnee.registered": {
        **BLOCK,
        "country": "DE",
        "modality": "voluntary",
        "household": "single",
    },
    "registration.person.enrolled": BLOCK,
    "registration.person.moved": {"residence": NIS},
    "registration.person.merged": {"with": Q},
    "registration.person.erased": {},
    "registration.consent.granted": {"purpose": "statistics", "text_version": "v1"},
    "registration.consent.withdrawn": {"purpose": "statistics", "text_version": "v1"},
    "registration.needs.assessed": {"needs": ("training",)},
    "registration.referral.made": {"need": "training", "to": "o-nes"},
    "registration.service.delivered": {"service": "mentoring"},
    "registration.followup.recorded": {"month": 6, "whereabouts": "same", "activity": "employed"},
    "registration.departure.declared": {
        "country": "DE",
        "purpose": "work",
        "expected_months": 24,
    },
    "training.course.enrolled": {"course": "sewing-1", "kind": "vocational", "trade": "7533"},
    "training.course.completed": {
        "course": "sewing-1",
        "kind": "vocational",
        "trade": "7533",
        "hours": 120,
        "certificate": "public",
    },
    "training.course.dropped": {"course": "sewing-1", "reason": "work"},
    "training.practice.started": {"employer": EMPLOYER, "occupation": "8131"},
    "training.practice.completed": {"employer": EMPLOYER, "occupation": "8131"},
    "training.school.reenrolled": {"grade": 6},
    "training.qualification.recognised": {"qualification": "6"},
    "matching.jobseeker.registered": {"categories": ("youth",)},
    "matching.jobseeker.deregistered": {"reason": "employed"},
    "matching.vacancy.opened": {
        "positions": 5,
        "occupation": "8131",
        "sector": "C",
        "employer": EMPLOYER,
    },
    "matching.vacancy.closed": {"outcome": "filled", "filled_positions": 3},
    "matching.placement.made": {
        "kind": "public_works",
        "employer_kind": "public_body",
        "sector": "N",
        "occupation": "9613",
        "channel": "programme",
        "after": (),
    },
    "matching.placement.ended": {"placement": "pl-1", "reason": "contract_end"},
    "matching.employment.confirmed": {"placement": "pl-1", "evidence": "register"},
    "matching.business.started": {"legal_form": "farm", "sector": "A", "grant": True},
    "matching.business.closed": {"legal_form": "farm", "sector": "A", "grant": True},
    "reference.target.set": {
        "measure": "placed",
        "period": "2023",
        "value": "40",
        "decision": "D-1",
    },
    "reference.observation.loaded": {"period": "2023-06", "value": "10", "vintage": "2023-07-01"},
}
RETRACTIONS: Mapping[str, type[Retraction]] = {
    "registration": RegistrationFactRetracted,
    "training": TrainingFactRetracted,
    "matching": MatchingFactRetracted,
    "reference": ReferenceFactRetracted,
}
_numbers = count(1)


def day(text: str) -> date:
    """Return a civil day from its ISO text."""
    return date.fromisoformat(text)


def make_fact(kind: type[Event], on: str, /, **values: object) -> Fact:
    """Return a fact of this class on this day; fields that are not given have usual values.

    `factid`, `revision`, `source`, `subject` and `event_id` identify the fact and its state;
    everything else is a field of its data.
    """
    stated, _, version = kind.TYPE.rpartition(".v")
    named = str(values.pop("factid", None) or f"f-{next(_numbers):06}")
    revision = cast("int", values.pop("revision", 1))
    source, subject = str(values.pop("source", NES)), str(values.pop("subject", P))
    event_id = str(values.pop("event_id", f"{named}-{revision}"))
    fields = {**COMMON, **FIELDS[stated], "on": on, **values}
    known = {field.alias or name for name, field in kind.model_fields.items()}
    event = kind.model_validate({name: fields[name] for name in known & fields.keys()})
    return Fact(source, stated, int(version), subject, named, revision, event_id, RECORDED, event)


def make_retraction(
    stated: str, factid: str, *, revision: int = 2, source: str = NES, subject: str = P
) -> Fact:
    """Return the retraction of a fact of this type (without version)."""
    kind = RETRACTIONS[stated.partition(".")[0]]
    event = kind.model_validate({"on": "2024-01-01", "type": stated, "reason": "duplicate"})
    own = kind.TYPE.removesuffix(".v1")
    return Fact(source, own, 1, subject, factid, revision, f"{factid}-{revision}", RECORDED, event)


def make_observation(  # noqa: PLR0913 - an observation's own fields
    series: str,
    period: str,
    value: str,
    *,
    municipality: str | None = None,
    base: str | None = None,
    vintage: str = "2023-07-01",
    on: str = "2023-07-01",
    factid: str | None = None,
) -> Fact:
    """Return an observation of a series; without `municipality` it is about the country."""
    return make_fact(
        ObservationLoaded,
        on,
        subject=f"s-{series}",
        factid=factid,
        municipality=municipality,
        period=period,
        value=value,
        base=base,
        vintage=vintage,
    )


def entries(facts: Iterable[Fact], measure: str) -> list[Entry]:
    """Return the entries of one measure, such as "MI-13.placed"."""
    return [entry for entry in entries_of(list(facts), DEFINITIONS) if entry.measure == measure]


def days(facts: Iterable[Fact], measure: str) -> list[str]:
    """Return the days on which the subject counts in a measure."""
    return [entry.on.isoformat() for entry in entries(facts, measure)]


def spans(facts: Iterable[Fact], measure: str) -> list[tuple[str, str | None]]:
    """Return from when until when the subject counts in a measure."""
    return [
        (entry.on.isoformat(), None if entry.until is None else entry.until.isoformat())
        for entry in entries(facts, measure)
    ]


def places(facts: Iterable[Fact], measure: str) -> list[str]:
    """Return the councils in which the subject counts in a measure."""
    return [entry.municipality for entry in entries(facts, measure)]


def buckets(facts: Iterable[Fact], measure: str, split: str) -> set[str]:
    """Return the buckets of one split of the only entry of a measure."""
    (entry,) = entries(facts, measure)
    return {bucket for name, bucket in entry.buckets if name == split}
