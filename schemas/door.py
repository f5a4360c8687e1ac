"""The strict side: everything that is checked when an event arrives at intake's door."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final, NoReturn

from . import personal_data, territory
from .catalogue import BY_TYPE
from .codes import DECIMAL_PATTERN, TIME_PATTERN, TRACEPARENT_PATTERN, is_random_code
from .declarations import Declarations
from .envelope import (
    RETRACTED,
    Attributes,
    Envelope,
    attributes_of,
    envelope_of,
)
from .event import Event
from .nearest import nearest, one_of, shown
from .problem import Refusal, path_of, refusal
from .reference import ObservationLoaded, TargetSet
from .registration import PersonErased, PersonMerged

EVENT_BYTES_MAX = 64 * 1024  # an event is a few hundred bytes; Kafka's own limit is a megabyte
ON_FIRST: Final = date(2000, 1, 1)
ON_DAYS_AHEAD_MAX = 92  # a placement agreed on now may begin next quarter
REGISTRATION: Final = "/services/registration"
RETRACTION_REVISION_MIN = 2

ORGANISATION_FIELDS: Final = ("to", "employer", "helped_by")
DECIMAL_FIELDS: Final = {ObservationLoaded.TYPE: ("value", "base"), TargetSet.TYPE: ("value",)}
IDENTITY_TYPES: Final = (PersonMerged, PersonErased)


def check(body: bytes, *, today: date, declared: Declarations, partner: bool) -> Envelope[Event]:
    """The event in a body, if all is well; raises Refusal with the first problem.

    `today` is the civil day of arrival in Belgrade. `partner`: the source must be a partner's.
    Who it is and what it may say has been checked before; so has the size of a batch.
    """
    if len(body) > EVENT_BYTES_MAX:
        _refuse_unread(body, "E1103", f"The event has {len(body)} bytes.", "Send at most 65536.")
    decoded = _decoded(body)
    said = _attributes(decoded, partner=partner)
    _refuse_personal_data(decoded)
    _refuse_unknown_type(said["type"])
    _refuse_null(said["data"])
    envelope = envelope_of(said, extra="forbid")
    assert envelope.data is not None  # noqa: S101 - the type is known
    _check_source(envelope)
    _check_retraction(said, envelope)
    _check_day(envelope.data.on, today)
    _check_codes(envelope, declared)
    return envelope


def _decoded(body: bytes) -> object:
    """The JSON value in UTF-8, without duplicate keys, NaN or infinities."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        _refuse_unread(body, "E1101", "It is nested too deeply.", "Send one flat JSON object.")
    except ValueError as error:
        _refuse_unread(body, "E1101", _reason(error), "Send one JSON object in UTF-8.")


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"This is no JSON: {error.msg} at line {error.lineno} column {error.colno}."
    if isinstance(error, UnicodeDecodeError):
        return f"This is no UTF-8: byte {error.start}."
    return str(error) if isinstance(error, _Unusable) else "It holds an unusable number."


class _Unusable(ValueError):
    """JSON that parsers read differently."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unusable("An object names the same field twice.")
    return found


def _no_number(_constant: str) -> NoReturn:
    raise _Unusable("NaN and Infinity are no JSON numbers.")


def _attributes(decoded: object, *, partner: bool) -> Attributes:
    """The envelope. A broken one that holds personal data is refused for these: no text of ours
    may repeat them and nothing of the message may be kept."""
    try:
        if isinstance(decoded, dict) and "recordedtime" in decoded:
            raise refusal("E1113", "$.recordedtime", "Only our door stamps this.", "Leave it out.")
        said = attributes_of(decoded, extra="forbid")
        if partner and not said["source"].startswith("/partners/"):
            raise refusal(
                "E1115", "$.source", "This is no partner's source.", "Write /partners/<your id>."
            )
    except Refusal:
        _refuse_personal_data(decoded)
        raise
    return said


def _refuse_personal_data(decoded: object) -> None:
    problem = personal_data.search(decoded, exempt=_exempt(decoded))
    if problem is not None:
        raise Refusal(problem)


def _exempt(decoded: object) -> Collection[str]:
    """The paths whose form allows digits in a row that are nobody's."""
    if not isinstance(decoded, dict):
        return ()
    data = decoded.get("data")
    exempt = [f"$.{name}" for name, form in _EXEMPT_ATTRIBUTES if _has_form(decoded, name, form)]
    for name in DECIMAL_FIELDS.get(str(decoded.get("type")), ()):
        if isinstance(data, dict) and _has_form(data, name, _DECIMAL):
            exempt.append(f"$.data.{name}")
    return exempt


def _has_form(said: Mapping[str, object], name: str, form: re.Pattern[str]) -> bool:
    value = said.get(name)
    return isinstance(value, str) and form.fullmatch(value) is not None


def _refuse_unread(body: bytes, code: str, detail: str, remedy: str) -> NoReturn:
    problem = personal_data.search_text(body.decode(errors="replace"))
    raise Refusal(problem) if problem else refusal(code, "$", detail, remedy)


def _refuse_unknown_type(said: str) -> None:
    if said in BY_TYPE:
        return
    fact_type = said.rpartition(".v")[0]
    versions = [known for known in BY_TYPE if known.rpartition(".v")[0] == fact_type]
    if versions:
        raise refusal(
            "E1117", "$.type", "Nobody here knows this version.", f"Say {one_of(versions)}."
        )
    near = nearest(said, BY_TYPE)
    remedy = f"Did you mean {one_of(near)}?" if near else "See the reference of events."
    raise refusal("E1116", "$.type", f"{shown(said)} is no type of the language.", remedy)


def _refuse_null(data: Mapping[str, object]) -> None:
    for name, value in data.items():
        if value is None or (isinstance(value, list) and None in value):
            raise refusal(
                "E1015",
                path_of("$.data", (name,)),
                "Null says nothing.",
                "Leave the field out if there is nothing to say.",
            )


def _check_source(envelope: Envelope[Event]) -> None:
    """Who is whom is registration's to say: partners could otherwise link or lose people."""
    identity_types = {kind.TYPE.rpartition(".v")[0] for kind in IDENTITY_TYPES}
    if envelope.stated_type in identity_types and envelope.source != REGISTRATION:
        raise refusal(
            "E1115",
            "$.source",
            f"Only {REGISTRATION} says or retracts {envelope.stated_type}.",
            "Ask registration to do it.",
        )
    if isinstance(envelope.data, PersonMerged) and envelope.data.with_ == envelope.subject:
        raise refusal(
            "E1016", "$.data.with", "A code is not merged with itself.", "Name the other code."
        )


def _check_retraction(said: Attributes, envelope: Envelope[Event]) -> None:
    """A retraction names its fact in full: factid, a later revision, a type of this domain."""
    if not envelope.is_retraction:
        return
    if "factid" not in said:
        raise refusal(
            "E1118", "$.factid", "A retraction names its fact.", "Add the factid of the fact."
        )
    if envelope.revision < RETRACTION_REVISION_MIN:
        raise refusal(
            "E1118",
            "$.revision",
            "A retraction is a later state of its fact.",
            "Say a revision above the last one, at least 2.",
        )
    kind = _retracted_kind(envelope)
    if envelope.subject[0] not in kind.SUBJECT:
        raise refusal(
            "E1114",
            "$.subject",
            f"{envelope.stated_type} is not said of such a code.",
            "Retract a fact on its own subject.",
        )


def _retracted_kind(envelope: Envelope[Event]) -> type[Event]:
    domain = envelope.type.partition(".")[0]
    kinds = {
        name: kind
        for said, kind in BY_TYPE.items()
        if (name := said.rpartition(".v")[0]).startswith(f"{domain}.")
        and not name.endswith(RETRACTED)
    }
    if envelope.stated_type not in kinds:
        near = nearest(envelope.stated_type, kinds)
        raise refusal(
            "E1119",
            "$.data.type",
            f"{shown(envelope.stated_type)} is no type of {domain} that can be retracted.",
            f"Did you mean {one_of(near)}?" if near else f"Valid: {one_of(kinds)}.",
        )
    return kinds[envelope.stated_type]


def _check_day(on: date, today: date) -> None:
    last = today + timedelta(days=ON_DAYS_AHEAD_MAX)
    if not ON_FIRST <= on <= last:
        raise refusal(
            "E1002",
            "$.data.on",
            f"{on} lies outside the window.",
            f"Say a day from {ON_FIRST} to {last}.",
        )


def _check_codes(envelope: Envelope[Event], declared: Declarations) -> None:
    event = envelope.data
    for index, programme in enumerate(getattr(event, "programmes", ())):
        if programme not in declared.programmes:
            path = f"$.data.programmes[{index}]"
            raise _undeclared("E1006", path, programme, declared.programmes)
    for name in ORGANISATION_FIELDS:
        _check_organisation(getattr(event, name, None), f"$.data.{name}", declared)
    if envelope.subject.startswith("o-"):
        _check_organisation(envelope.subject, "$.subject", declared)
    if envelope.subject.startswith("s-") and envelope.subject[2:] not in declared.series:
        raise _undeclared("E1007", "$.subject", envelope.subject[2:], declared.series)
    if isinstance(event, ObservationLoaded) and event.municipality is not None:
        _check_own_code(event.municipality)


def _check_organisation(code: str | None, path: str, declared: Declarations) -> None:
    if code is not None and not is_random_code(code) and code not in declared.organisations:
        raise _undeclared("E1008", path, code, declared.organisations)


def _check_own_code(code: str) -> None:
    """Figures are shown for exactly the place that was said, so it must be one that has tables."""
    if not territory.is_council(code):
        council = territory.council_of(code)
        raise refusal(
            "E1009",
            "$.data.municipality",
            f"{code} is no council's own code.",
            f"Did you mean {council} {territory.name_of(council)}?",
        )


def _undeclared(code: str, path: str, said: str, known: Collection[str]) -> Refusal:
    near = nearest(said, known)
    return refusal(
        code,
        path,
        f"{shown(said)} is not declared in the catalogue.",
        f"Did you mean {one_of(near)}?" if near else "Ask for it to be declared, or leave it out.",
    )


_DECIMAL: Final = re.compile(DECIMAL_PATTERN)
_EXEMPT_ATTRIBUTES: Final = (
    ("time", re.compile(TIME_PATTERN)),
    ("recordedtime", re.compile(TIME_PATTERN)),
    ("traceparent", re.compile(TRACEPARENT_PATTERN)),
)
