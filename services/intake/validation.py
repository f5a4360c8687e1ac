"""Validate one event: whether its sender has the grant, and whether the event is valid."""

import json
from dataclasses import dataclass
from datetime import date

from schemas.declared_codes import DeclaredCodes
from schemas.envelope import RETRACTED, Envelope
from schemas.events.event import Event
from schemas.validation import strict
from schemas.validation.problems import Problem, Refusal, refusal
from services.intake.model import DeclaredPartner

ValidationResult = Envelope[Event] | Problem
"""A valid event, or the first problem with it."""


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
    """Return the event in a body, or the first problem with it; grants are checked first."""
    try:
        if caller.partner is not None:
            _check_grant(body, caller.partner)
        return strict.validate_event(
            body,
            today=context.today,
            declared=context.declared,
            partner=caller.partner is not None,
        )
    except Refusal as refused:
        return refused.problem


def _check_grant(body: bytes, partner: DeclaredPartner) -> None:
    """Refuse an event without a grant; a malformed event is left to the other checks."""
    event = _decoded(body)
    source, type_ = event.get("source"), event.get("type")
    if isinstance(source, str) and source != partner.source:
        raise refusal(
            "E1402",
            "$.source",
            f"Your key is valid for the source {partner.source} only.",
            f"Write {partner.source} as source.",
        )
    if not isinstance(type_, str):
        return
    fact_type, municipality = _grant_needed(event, type_)
    if not partner.may_send(fact_type, municipality):
        where = "" if municipality is None else f" for municipality {municipality[:5]}"
        raise refusal(
            "E1402",
            "$.type",
            f"You have no grant to send this type{where}.",
            "Ask the steward of the installation for the grant.",
        )


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
