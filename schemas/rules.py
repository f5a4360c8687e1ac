"""What the models cannot see: rules between data, envelope, calendar and catalogue."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from . import territory
from .attributes import Attributes
from .catalogue import BY_TYPE
from .codes import is_random_code
from .declarations import Declarations
from .envelope import RETRACTED, Envelope, fact_type_of
from .event import Event
from .nearest import nearest, one_of, shown
from .problem import Problem, Refusal, refusal
from .reference import ObservationLoaded
from .registration import PersonErased, PersonMerged

ON_FIRST: Final = date(2000, 1, 1)
ON_DAYS_AHEAD_MAX = 92  # work agreed on now may begin next quarter
RETRACTION_REVISION_MIN = 2
REGISTRATION: Final = "/services/registration"
ORGANISATION_FIELDS: Final = ("to", "employer", "helped_by")
IDENTITY_FACTS: Final = tuple(fact_type_of(kind.TYPE) for kind in (PersonMerged, PersonErased))


def tells_of_erasure(said: Envelope[Event]) -> bool:
    """Whether it tells that a person was erased: for ever, so its retraction tells the same."""
    return said.stated_type == fact_type_of(PersonErased.TYPE)


def check_type(said: str) -> None:
    """The type and its version are of the catalogue."""
    if said in BY_TYPE:
        return
    versions = [known for known in BY_TYPE if fact_type_of(known) == fact_type_of(said)]
    if versions:
        remedy = f"Say {one_of(versions)}."
        raise refusal("E1117", "$.type", "Nobody here knows this version.", remedy)
    near = nearest(said, BY_TYPE)
    remedy = f"Did you mean {one_of(near)}?" if near else "See the reference of events."
    raise refusal("E1116", "$.type", f"{shown(said)} is no type of the language.", remedy)


def check_source(envelope: Envelope[Event]) -> None:
    """Who is whom is registration's to say: nobody else merges, erases or takes that back."""
    stated = envelope.stated_type
    if stated in IDENTITY_FACTS and envelope.source != REGISTRATION:
        detail = f"Only {REGISTRATION} says or retracts {stated}."
        raise refusal("E1115", "$.source", detail, "Ask registration to do it.")
    if isinstance(envelope.data, PersonMerged) and envelope.data.with_ == envelope.subject:
        detail = "A code is not merged with itself."
        raise refusal("E1016", "$.data.with", detail, "Name the person's other code.")


def check_retraction(said: Attributes, envelope: Envelope[Event]) -> None:
    """A retraction names its fact in full: factid, a later revision, a type, its subject."""
    if not envelope.is_retraction:
        return
    if said.factid is None:
        remedy = "Add the factid of the fact that you take back."
        raise refusal("E1118", "$.factid", "A retraction names its fact.", remedy)
    if envelope.revision < RETRACTION_REVISION_MIN:
        detail = "A retraction is a later state of its fact."
        remedy = f"Say a revision above the fact's last one, at least {RETRACTION_REVISION_MIN}."
        raise refusal("E1118", "$.revision", detail, remedy)
    if envelope.subject[0] not in _retracted(envelope).SUBJECT:
        detail = f"{envelope.stated_type} is not said of such a code."
        raise refusal("E1114", "$.subject", detail, "Retract a fact on its own subject.")


def check_day(envelope: Envelope[Event], today: date) -> None:
    """`on` lies from 2000-01-01 to 92 days after arrival."""
    on = envelope.data.on if envelope.data else today
    last = today + timedelta(days=ON_DAYS_AHEAD_MAX)
    if not ON_FIRST <= on <= last:
        remedy = f"Say a day from {ON_FIRST} to {last}."
        raise refusal("E1002", "$.data.on", f"{on} lies outside the window.", remedy)


def check_codes(envelope: Envelope[Event], declared: Declarations) -> None:
    """Programmes, series and short names of organisations are declared in the catalogue.

    A figure is said of a council's own code.
    """
    event, subject = envelope.data, envelope.subject
    for index, programme in enumerate(getattr(event, "programmes", ())):
        if programme not in declared.programmes:
            path = f"$.data.programmes[{index}]"
            raise Refusal(_undeclared("E1006", path, programme, declared.programmes))
    for name in ORGANISATION_FIELDS:
        _check_organisation(getattr(event, name, None), f"$.data.{name}", declared)
    _check_organisation(subject if subject[0] == "o" else None, "$.subject", declared)
    if subject[0] == "s" and subject[2:] not in declared.series:
        raise Refusal(_undeclared("E1007", "$.subject", subject[2:], declared.series))
    if subject[0] == "m" and not territory.is_listed(subject[2:]):
        detail = f"{subject[2:]} is no municipality."
        raise refusal("E1003", "$.subject", detail, "Use a code of the municipality list.")
    if isinstance(event, ObservationLoaded) and event.municipality is not None:
        _check_own_code(event.municipality)


def _retracted(envelope: Envelope[Event]) -> type[Event]:
    """The model of the retracted fact, a type of the same domain that is no retraction."""
    stated, domain = envelope.stated_type, envelope.type.partition(".")[0]
    kinds = {
        fact_type_of(kind.TYPE): kind
        for kind in BY_TYPE.values()
        if kind.TYPE.startswith(f"{domain}.") and RETRACTED not in kind.TYPE
    }
    if stated not in kinds:
        near = nearest(stated, kinds)
        detail = f"{shown(stated)} is no type of {domain} that can be retracted."
        remedy = f"Did you mean {one_of(near)}?" if near else f"Valid: {one_of(kinds)}."
        raise refusal("E1119", "$.data.type", detail, remedy)
    return kinds[stated]


def _check_organisation(code: str | None, path: str, declared: Declarations) -> None:
    if code is not None and not is_random_code(code) and code not in declared.organisations:
        raise Refusal(_undeclared("E1008", path, code, declared.organisations))


def _check_own_code(code: str) -> None:
    """A figure is shown for exactly the place that was said, so this must be one with tables."""
    if not territory.is_council(code):
        council = territory.council_of(code)
        remedy = f"Did you mean {council} {territory.name_of(council)}?"
        raise refusal("E1009", "$.data.municipality", f"{code} is no council's own code.", remedy)


def _undeclared(code: str, path: str, said: str, known: Collection[str]) -> Problem:
    near = nearest(said, known)
    remedy = f"Did you mean {one_of(near)}?" if near else "Ask for it to be declared."
    return Problem(code, path, f"{shown(said)} is not declared in the catalogue.", remedy)


RULES: Final = (check_type, check_source, check_retraction, check_day, check_codes)
"""In the order in which the door applies them."""
