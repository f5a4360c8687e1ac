"""Validate one event: whether its sender has the grant, and whether the event is valid."""

import json
from dataclasses import dataclass
from datetime import date

from schemas.declared_codes import DeclaredCodes
from schemas.envelope import RETRACTED, Envelope
from schemas.events.event import Event
from schemas.validation import strict
from schemas.validation.problems import Problem, Refusal
from services.intake.model import DeclaredPartner

ValidationResult = Envelope[Event] | Refusal
"""A valid event, or all problems with it."""
_UNKNOWN_TYPE = ("E1116", "E1117")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends events: a partner, or (None) the operator, who may send for any source."""

    partner: DeclaredPartner | None = None


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """What validation depends on: the day of arrival (Europe/Belgrade) and the declared codes."""

    today: date
    declared: DeclaredCodes


def validate(body: bytes, caller: Caller, context: ValidationContext) -> ValidationResult:
    """Return the event in a body, or the refusal with all problems of it and of its grant."""
    missing = None if caller.partner is None else _missing_grant(body, caller.partner)
    try:
        envelope = strict.validate_event(
            body,
            today=context.today,
            declared=context.declared,
            partner=caller.partner is not None,
        )
    except Refusal as refused:
        return refused if missing is None else _with_grant(refused, missing)
    return envelope if missing is None else Refusal(missing)


def _with_grant(refused: Refusal, missing: Problem) -> Refusal:
    """A missing grant comes first, except beside personal data and unknown types.

    Nobody can have a grant for a type that does not exist, so there it would mislead.
    """
    if refused.problem.is_personal_data or refused.problem.code in _UNKNOWN_TYPE:
        return refused
    return Refusal(missing, *refused.problems)


def _missing_grant(body: bytes, partner: DeclaredPartner) -> Problem | None:
    """Return the problem of an event without a grant; a malformed event is left to validation."""
    event = _decoded(body)
    source, type_ = event.get("source"), event.get("type")
    if isinstance(source, str) and source != partner.source:
        detail = f"Your key is valid for the source {partner.source} only."
        return Problem("E1402", "$.source", detail, f"Write {partner.source} as source.")
    if not isinstance(type_, str):
        return None
    fact_type, municipality = _grant_needed(event, type_)
    if partner.may_send(fact_type, municipality):
        return None
    where = "" if municipality is None else f" for municipality {municipality[:5]}"
    detail = f"You have no grant to send this type{where}."
    remedy = "Ask the steward of the installation for the grant."
    return Problem("E1402", "$.type", detail, remedy)


def _grant_needed(event: dict[str, object], type_: str) -> tuple[str, str | None]:
    """Return the type and municipality of the grant; for a retraction the retracted type."""
    data = event.get("data")
    fields = data if isinstance(data, dict) else {}
    fact_type = type_.rpartition(".v")[0]
    if fact_type.endswith(RETRACTED):
        retracted = fields.get("type")
        return (retracted if isinstance(retracted, str) else fact_type), None
    municipality = fields.get("municipality")
    return fact_type, municipality if isinstance(municipality, str) else None


def _decoded(body: bytes) -> dict[str, object]:
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}
