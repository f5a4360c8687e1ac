"""Judges one event at the door: whether its sender may say it, and whether it is well said."""

import json
from dataclasses import dataclass
from datetime import date

from schemas import door
from schemas.declarations import Declarations
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.problem import Problem, Refusal, refusal
from services.intake.partners import Partner

RETRACTION = ".fact.retracted"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands at the door: a partner, or the operator, who may speak for any source."""

    partner: Partner | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What an event is held against on its day of arrival (Europe/Belgrade)."""

    today: date
    declared: Declarations


def judge(body: bytes, caller: Caller, rules: Rules) -> Envelope[Event] | Problem:
    """Return the event in a body, or the first problem with it; grants are looked at first."""
    try:
        if caller.partner is not None:
            _check_grant(body, caller.partner)
        return door.check(
            body,
            today=rules.today,
            declared=rules.declared,
            partner=caller.partner is not None,
        )
    except Refusal as refused:
        return refused.problem


def _check_grant(body: bytes, partner: Partner) -> None:
    """Refuse what the partner may not say; what cannot be read is left to the door's checks."""
    said = _decoded(body)
    source, type_ = said.get("source"), said.get("type")
    if isinstance(source, str) and source != partner.source:
        raise refusal(
            "E1402",
            "$.source",
            f"Your key speaks for {partner.source} only.",
            f"Write {partner.source} as source.",
        )
    if not isinstance(type_, str):
        return
    fact_type, municipality = _asked(said, type_)
    if not partner.may_say(fact_type, municipality):
        where = "" if municipality is None else f" for municipality {municipality[:5]}"
        raise refusal(
            "E1402",
            "$.type",
            f"You have no grant to say this type{where}.",
            "Ask the steward of the installation for the grant.",
        )


def _asked(said: dict[str, object], type_: str) -> tuple[str, str | None]:
    """Return the type and place a grant is needed for; of a retraction the retracted type's."""
    data = said.get("data")
    fields = data if isinstance(data, dict) else {}
    fact_type = type_.rpartition(".v")[0]
    if fact_type.endswith(RETRACTION):
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
