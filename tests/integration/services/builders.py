"""Builders of events and facts for the tests of the three services; every field is filled."""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any, TypeVar

from runtime.storage.fact import Facts, KnownFact
from schemas.envelope import Envelope, new_event, with_recordedtime
from schemas.events.event import Event
from schemas.events.matching import (
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    MatchingFactRetracted,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from schemas.events.registration import (
    FollowupRecorded,
    NeedsAssessed,
    PersonErased,
    RegistrationFactRetracted,
    ReturneeRegistered,
)
from schemas.events.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    TrainingFactRetracted,
)
from schemas.rules.recorded_fact import in_order

E = TypeVar("E", bound=Event)

PERSON = "p-0123456789abcdefghjkmnpqrs"
OTHER_PERSON = "p-1123456789abcdefghjkmnpqrs"
VACANCY = "v-0123456789abcdefghjkmnpqrs"
PROKUPLJE = "70998"
NIS = "79022"
NIS_MEDIJANA = "71331"
TAILOR = "7531"
UPHOLSTERER = "7534"
COOK = "5120"
PARTNER = "/partners/nes"
RETRACTIONS: dict[str, type[Event]] = {
    "registration": RegistrationFactRetracted,
    "training": TrainingFactRetracted,
    "matching": MatchingFactRetracted,
}

_NUMBERS = count(1)


def person(number: int) -> str:
    """Return the code of the n-th invented person."""
    return f"p-{number:026d}"


def vacancy(number: int) -> str:
    """Return the code of the n-th invented vacancy."""
    return f"v-{number:026d}"


def returned(on: str, **fields: Any) -> ReturneeRegistered:
    return ReturneeRegistered.model_validate(
        {
            "on": on,
            "municipality": PROKUPLJE,
            "sex": "female",
            "birth_year": 1999,
            "qualification": "3",
            "groups": ["returnee_readmission"],
            "country": "DE",
            "modality": "readmission",
            "household": "family",
        }
        | fields
    )


def erasure(on: str) -> PersonErased:
    return PersonErased.model_validate({"on": on})


def visited(on: str, month: int = 6, **fields: Any) -> FollowupRecorded:
    return FollowupRecorded.model_validate(
        {
            "on": on,
            "municipality": PROKUPLJE,
            "month": month,
            "whereabouts": "same",
            "activity": "employed",
        }
        | fields
    )


def needing(on: str, *needs: str, **fields: Any) -> NeedsAssessed:
    return NeedsAssessed.model_validate(
        {"on": on, "municipality": PROKUPLJE, "needs": list(needs or ("training",))} | fields
    )


def enrolled(on: str, **fields: Any) -> CourseEnrolled:
    return CourseEnrolled.model_validate(_course(on) | {"trade": TAILOR} | fields)


def completed(on: str, **fields: Any) -> CourseCompleted:
    finished = {"trade": TAILOR, "hours": 120, "certificate": "internal"}
    return CourseCompleted.model_validate(_course(on) | finished | fields)


def dropped(on: str, **fields: Any) -> CourseDropped:
    left = {"course": "sewing-1", "reason": "work"}
    return CourseDropped.model_validate({"on": on, "municipality": PROKUPLJE} | left | fields)


def seeking(on: str, **fields: Any) -> JobseekerRegistered:
    return JobseekerRegistered.model_validate(
        {"on": on, "municipality": PROKUPLJE, "categories": ["youth"]} | fields
    )


def sought(on: str, **fields: Any) -> JobseekerDeregistered:
    return JobseekerDeregistered.model_validate(
        {"on": on, "municipality": PROKUPLJE, "reason": "employed"} | fields
    )


def opened(on: str, **fields: Any) -> VacancyOpened:
    return VacancyOpened.model_validate(
        {
            "on": on,
            "municipality": PROKUPLJE,
            "positions": 2,
            "occupation": TAILOR,
            "sector": "C",
            "employer": "o-matis",
        }
        | fields
    )


def closed(on: str, **fields: Any) -> VacancyClosed:
    outcome = {"outcome": "filled", "filled_positions": 1}
    return VacancyClosed.model_validate({"on": on, "municipality": PROKUPLJE} | outcome | fields)


def declined(on: str, **fields: Any) -> MatchDeclined:
    decline = {"vacancy": VACANCY, "by": "person"}
    return MatchDeclined.model_validate({"on": on, "municipality": PROKUPLJE} | decline | fields)


def placed(on: str, **fields: Any) -> PlacementMade:
    return PlacementMade.model_validate(
        {
            "on": on,
            "municipality": PROKUPLJE,
            "kind": "open_ended",
            "employer_kind": "company",
            "sector": "C",
            "occupation": TAILOR,
            "channel": "mediation",
            "after": [],
        }
        | fields
    )


def ended(on: str, placement: str, **fields: Any) -> PlacementEnded:
    end = {"placement": placement, "reason": "resigned"}
    return PlacementEnded.model_validate({"on": on, "municipality": PROKUPLJE} | end | fields)


def confirmed(on: str, placement: str, **fields: Any) -> EmploymentConfirmed:
    confirmation = {"placement": placement, "evidence": "register"}
    return EmploymentConfirmed.model_validate(
        {"on": on, "municipality": PROKUPLJE} | confirmation | fields
    )


def published(event: E, subject: str | None = None, **attributes: Any) -> Envelope[E]:
    """Return the event as a partner publishes it on its own day; attributes override this."""
    about = subject or (VACANCY if event.SUBJECT == "v" else PERSON)
    number = next(_NUMBERS)
    reported_at = attributes.pop("recordedtime", datetime.combine(event.on, time(9), UTC))
    fields = {"id": f"e-{number}", "source": PARTNER, "time": reported_at} | attributes
    return with_recordedtime(new_event(event, subject=about, **fields), reported_at)


def retracted(state: Envelope[Event], revision: int = 2) -> Envelope[Event]:
    """Return the retraction of a fact by its own source."""
    domain = state.type.partition(".")[0]
    event = RETRACTIONS[domain].model_validate(
        {"on": "2024-01-01", "type": state.stated_type, "reason": "entered_in_error"}
    )
    return published(
        event, state.subject, source=state.source, factid=state.factid, revision=revision
    )


def corrected(state: Envelope[Event], event: Event, revision: int = 2) -> Envelope[Event]:
    """Return the correction of a fact."""
    return published(
        event, state.subject, source=state.source, factid=state.factid, revision=revision
    )


def body_of(event: Event) -> dict[str, object]:
    """Return the event as the body of a request."""
    return event.model_dump(mode="json", by_alias=True, exclude_none=True)


def known(*states: Envelope[Event]) -> Facts:
    """Return what a service knows after these events, each of another fact."""
    return in_order(
        KnownFact(state.source, state.subject, state.factid, state.revision, state.data)
        for state in states
        if state.data is not None
    )


def day(text: str) -> date:
    return date.fromisoformat(text)


def _course(on: str) -> dict[str, object]:
    return {"on": on, "municipality": PROKUPLJE, "course": "sewing-1", "kind": "vocational"}
