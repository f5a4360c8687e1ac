"""Rules that the models cannot express: between data, envelope, calendar and declared codes."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from .. import territory
from ..attributes import Attributes
from ..catalogue import BY_TYPE
from ..codes import is_random_code
from ..declared_codes import DeclaredCodes
from ..envelope import RETRACTED, Envelope, fact_type_of
from ..events.event import Event
from ..events.reference import ObservationLoaded
from ..events.registration import PersonErased, PersonMerged
from .contradictions import check_contradictions
from .problems import Problem, Refusal, refusal
from .suggestions import comma_list, nearest, safe_text

ON_FIRST: Final = date(2000, 1, 1)
_ON_DAYS_AHEAD_MAX = 92  # work that is agreed on now may begin next quarter
_RETRACTION_REVISION_MIN = 2
_REGISTRATION: Final = "/services/registration"
ORGANISATION_FIELDS: Final = ("to", "employer", "helped_by")
_IDENTITY_FACTS: Final = tuple(fact_type_of(kind.TYPE) for kind in (PersonMerged, PersonErased))


def is_erasure(envelope: Envelope[Event]) -> bool:
    """Return whether a person is erased by this event; a retraction of an erasure is one too.

    An erasure is permanent, so retracting it changes nothing.
    """
    return envelope.stated_type == fact_type_of(PersonErased.TYPE)


def check_type(event_type: str) -> None:
    """Refuse a type or version that is not in the catalogue."""
    if event_type in BY_TYPE:
        return
    versions = [known for known in BY_TYPE if fact_type_of(known) == fact_type_of(event_type)]
    if versions:
        remedy = f"Write {comma_list(versions)}."
        raise refusal("E1117", "$.type", "This version of the type is unknown.", remedy)
    near = nearest(event_type, BY_TYPE)
    remedy = f"Did you mean {comma_list(near)}?" if near else "See the reference of events."
    raise refusal("E1116", "$.type", f"{safe_text(event_type)} is not an event type.", remedy)


def check_source(envelope: Envelope[Event]) -> None:
    """Refuse mergers and erasures, and their retractions, from any source but registration."""
    stated = envelope.stated_type
    if stated in _IDENTITY_FACTS and envelope.source != _REGISTRATION:
        detail = f"Only {_REGISTRATION} may send or retract {stated}."
        raise refusal("E1115", "$.source", detail, "Ask registration to do it.")
    if isinstance(envelope.data, PersonMerged) and envelope.data.with_ == envelope.subject:
        detail = "A code cannot be merged with itself."
        raise refusal("E1016", "$.data.with", detail, "Name the person's other code.")


def check_retraction(attributes: Attributes, envelope: Envelope[Event]) -> None:
    """Refuse a retraction without the factid, a later revision, the type or the subject."""
    if not envelope.is_retraction:
        return
    if attributes.factid is None:
        remedy = "Add the factid of the fact that you retract."
        raise refusal("E1118", "$.factid", "A retraction must name its fact.", remedy)
    if envelope.revision < _RETRACTION_REVISION_MIN:
        detail = "A retraction is a later revision of its fact."
        remedy = f"Write a revision above the fact's last one, at least {_RETRACTION_REVISION_MIN}."
        raise refusal("E1118", "$.revision", detail, remedy)
    if envelope.subject[0] not in _retracted(envelope).SUBJECT:
        detail = f"{envelope.stated_type} cannot be about such a code."
        raise refusal("E1114", "$.subject", detail, "Retract a fact with the subject of the fact.")


def check_day(envelope: Envelope[Event], today: date) -> None:
    """Refuse an `on` before 2000-01-01 or more than 92 days after arrival."""
    on = envelope.data.on if envelope.data else today
    last = today + timedelta(days=_ON_DAYS_AHEAD_MAX)
    if not ON_FIRST <= on <= last:
        remedy = f"Write a day from {ON_FIRST} to {last}."
        raise refusal("E1002", "$.data.on", f"{on} is outside the allowed window.", remedy)


def check_codes(envelope: Envelope[Event], declared: DeclaredCodes) -> None:
    """Refuse undeclared programmes, series and short names of organisations.

    An observation must have a council's own code.
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
        detail = f"{subject[2:]} is not a municipality."
        raise refusal("E1003", "$.subject", detail, "Use a code of the municipality list.")
    if isinstance(event, ObservationLoaded) and event.municipality is not None:
        _check_own_code(event.municipality)


def _retracted(envelope: Envelope[Event]) -> type[Event]:
    """Return the model of the retracted fact: a type of the same domain that is no retraction."""
    stated, domain = envelope.stated_type, envelope.type.partition(".")[0]
    kinds = {
        fact_type_of(kind.TYPE): kind
        for kind in BY_TYPE.values()
        if kind.TYPE.startswith(f"{domain}.") and RETRACTED not in kind.TYPE
    }
    if stated not in kinds:
        near = nearest(stated, kinds)
        detail = f"{safe_text(stated)} is not a type of {domain} that can be retracted."
        remedy = f"Did you mean {comma_list(near)}?" if near else f"Valid: {comma_list(kinds)}."
        raise refusal("E1119", "$.data.type", detail, remedy)
    return kinds[stated]


def _check_organisation(code: str | None, path: str, declared: DeclaredCodes) -> None:
    if code is not None and not is_random_code(code) and code not in declared.organisations:
        raise Refusal(_undeclared("E1008", path, code, declared.organisations))


def _check_own_code(code: str) -> None:
    """Refuse a code without tables: an observation is shown for exactly the place it names."""
    if not territory.is_council(code):
        council = territory.council_of(code)
        remedy = f"Did you mean {council} {territory.name_of(council)}?"
        raise refusal(
            "E1009", "$.data.municipality", f"{code} is not a council's own code.", remedy
        )


def _undeclared(code: str, path: str, value: str, known: Collection[str]) -> Problem:
    near = nearest(value, known)
    remedy = f"Did you mean {comma_list(near)}?" if near else "Ask for it to be declared."
    return Problem(code, path, f"{safe_text(value)} is not declared in the catalogue.", remedy)


RULES: Final = (
    check_type,
    check_source,
    check_retraction,
    check_day,
    check_contradictions,
    check_codes,
)
"""In the order in which strict validation applies them."""
