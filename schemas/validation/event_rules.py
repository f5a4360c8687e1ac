"""Rules that the models cannot express: between data, envelope, calendar and declared codes."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Final

from .. import territory
from ..catalogue import BY_TYPE
from ..codes import is_random_code
from ..envelope import RETRACTED, Envelope, fact_type_of
from ..events.event import Event
from ..events.reference import ObservationLoaded
from ..events.registration import PersonErased, PersonMerged
from .arrival import Arrival, Rule
from .contradictions import CONTRADICTIONS
from .figures import FIGURES
from .problems import Problem
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


def unknown_type(event_type: str) -> Problem | None:
    """Return the problem of a type or version that is not in the catalogue."""
    if event_type in BY_TYPE:
        return None
    versions = [known for known in BY_TYPE if fact_type_of(known) == fact_type_of(event_type)]
    if versions:
        remedy = f"Write {comma_list(versions)}."
        return Problem("E1117", "$.type", "This version of the type is unknown.", remedy)
    near = nearest(event_type, BY_TYPE)
    remedy = f"Did you mean {comma_list(near)}?" if near else "See the reference of events."
    return Problem("E1116", "$.type", f"{safe_text(event_type)} is not an event type.", remedy)


def _identity_source(arrival: Arrival) -> Iterator[Problem]:
    stated = arrival.envelope.stated_type
    if stated in _IDENTITY_FACTS and arrival.envelope.source != _REGISTRATION:
        detail = f"Only {_REGISTRATION} may send or retract {stated}."
        yield Problem("E1115", "$.source", detail, "Ask registration to do it.")


def _merged_with_itself(arrival: Arrival) -> Iterator[Problem]:
    event = arrival.envelope.data
    if isinstance(event, PersonMerged) and event.with_ == arrival.envelope.subject:
        detail = "A code cannot be merged with itself."
        yield Problem("E1016", "$.data.with", detail, "Name the person's other code.")


def _retraction_factid(arrival: Arrival) -> Iterator[Problem]:
    if arrival.envelope.is_retraction and not arrival.factid_given:
        remedy = "Add the factid of the fact that you retract."
        yield Problem("E1118", "$.factid", "A retraction must name its fact.", remedy)


def _retraction_revision(arrival: Arrival) -> Iterator[Problem]:
    if arrival.envelope.is_retraction and arrival.envelope.revision < _RETRACTION_REVISION_MIN:
        detail = "A retraction is a later revision of its fact."
        remedy = f"Write a revision above the fact's last one, at least {_RETRACTION_REVISION_MIN}."
        yield Problem("E1118", "$.revision", detail, remedy)


def _retraction_type(arrival: Arrival) -> Iterator[Problem]:
    if not arrival.envelope.is_retraction:
        return
    stated, domain = arrival.envelope.stated_type, arrival.envelope.type.partition(".")[0]
    kinds = _retractable(domain)
    if stated not in kinds:
        near = nearest(stated, kinds)
        detail = f"{safe_text(stated)} is not a type of {domain} that can be retracted."
        remedy = f"Did you mean {comma_list(near)}?" if near else f"Valid: {comma_list(kinds)}."
        yield Problem("E1119", "$.data.type", detail, remedy)


def _retraction_subject(arrival: Arrival) -> Iterator[Problem]:
    stated, domain = arrival.envelope.stated_type, arrival.envelope.type.partition(".")[0]
    kind = _retractable(domain).get(stated) if arrival.envelope.is_retraction else None
    if kind is not None and arrival.envelope.subject[0] not in kind.SUBJECT:
        detail = f"{stated} cannot be about such a code."
        yield Problem("E1114", "$.subject", detail, "Retract a fact with the subject of the fact.")


def _day(arrival: Arrival) -> Iterator[Problem]:
    event = arrival.envelope.data
    last = arrival.today + timedelta(days=_ON_DAYS_AHEAD_MAX)
    if event is not None and not ON_FIRST <= event.on <= last:
        remedy = f"Write a day from {ON_FIRST} to {last}."
        yield Problem("E1002", "$.data.on", f"{event.on} is outside the allowed window.", remedy)


def _programmes(arrival: Arrival) -> Iterator[Problem]:
    known = arrival.declared.programmes
    for index, programme in enumerate(getattr(arrival.envelope.data, "programmes", ())):
        if programme not in known:
            yield _undeclared("E1006", f"$.data.programmes[{index}]", programme, known)


def _subject_code(arrival: Arrival) -> Iterator[Problem]:
    subject, declared = arrival.envelope.subject, arrival.declared
    kind, code = subject[0], subject[2:]
    if kind == "o" and not _is_organisation(subject, declared.organisations):
        yield _undeclared("E1008", "$.subject", subject, declared.organisations)
    elif kind == "s" and code not in declared.series:
        yield _undeclared("E1007", "$.subject", code, declared.series)
    elif kind == "m" and not territory.is_listed(code):
        detail = f"{code} is not a municipality."
        yield Problem("E1003", "$.subject", detail, "Use a code of GET /lists/municipalities.")


def _own_code(arrival: Arrival) -> Iterator[Problem]:
    """An observation is shown for exactly the place it names, so that place has tables."""
    event = arrival.envelope.data
    if isinstance(event, ObservationLoaded) and event.municipality is not None:
        code = event.municipality
        if not territory.is_council(code):
            council = territory.council_of(code)
            remedy = f"Did you mean {council} {territory.name_of(council)}?"
            detail = f"{code} is not a council's own code."
            yield Problem("E1009", "$.data.municipality", detail, remedy)


def _organisation_rule(field: str) -> Rule:
    path = f"$.data.{field}"

    def find(arrival: Arrival) -> Iterator[Problem]:
        code, known = getattr(arrival.envelope.data, field, None), arrival.declared.organisations
        if code is not None and not _is_organisation(code, known):
            yield _undeclared("E1008", path, code, known)

    return Rule(f"Refuse an undeclared short name of an organisation in `{field}`.", (path,), find)


def _retractable(domain: str) -> dict[str, type[Event]]:
    """Return the types of a domain that state facts, by their name without version."""
    return {
        fact_type_of(kind.TYPE): kind
        for kind in BY_TYPE.values()
        if kind.TYPE.startswith(f"{domain}.") and RETRACTED not in kind.TYPE
    }


_LISTS: Final = {"E1006": "programmes", "E1007": "series", "E1008": "organisations"}


def _is_organisation(code: str, known: Collection[str]) -> bool:
    return is_random_code(code) or code in known


def _undeclared(code: str, path: str, value: str, known: Collection[str]) -> Problem:
    near = nearest(value, known)
    hint = f"Did you mean {comma_list(near)}?" if near else "Ask for it to be declared."
    remedy = f"{hint} Declared: GET /lists/{_LISTS[code]}."
    return Problem(code, path, f"{safe_text(value)} is not declared in the catalogue.", remedy)


RULES: Final = (
    Rule(
        "Refuse mergers and erasures, and their retractions, from any source but registration.",
        ("$.source",),
        _identity_source,
    ),
    Rule(
        "Refuse a merger of a code with itself.", ("$.subject", "$.data.with"), _merged_with_itself
    ),
    Rule("Refuse a retraction that names no `factid`.", ("$.factid",), _retraction_factid),
    Rule("Refuse a retraction at revision 1.", ("$.revision",), _retraction_revision),
    Rule(
        "Refuse a retraction whose type no fact of its domain has.",
        ("$.data.type",),
        _retraction_type,
    ),
    Rule(
        "Refuse a retraction whose subject no fact of its type has.",
        ("$.subject", "$.data.type"),
        _retraction_subject,
    ),
    Rule("Refuse an `on` before 2000-01-01 or more than 92 days ahead.", ("$.data.on",), _day),
    *CONTRADICTIONS,
    *FIGURES,
    Rule("Refuse an undeclared programme.", ("$.data.programmes",), _programmes),
    *(_organisation_rule(field) for field in ORGANISATION_FIELDS),
    Rule(
        "Refuse a subject that is an undeclared series, an undeclared short name of an organisation"
        " or no municipality.",
        ("$.subject",),
        _subject_code,
    ),
    Rule(
        "Refuse an observation whose municipality is not a council's own code.",
        ("$.data.municipality",),
        _own_code,
    ),
)
"""In the order in which their problems are reported."""
