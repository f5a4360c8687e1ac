"""The request by which the operator declares a partner."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.catalogue import BY_TYPE
from schemas.envelope import fact_type_of
from schemas.territory import is_council
from schemas.territory import nearest as nearest_municipalities
from schemas.validation import personal_data
from schemas.validation.problems import refusal
from schemas.validation.suggestions import comma_list, nearest
from services.intake.model import EVERYWHERE, DeclaredPartner, Grant

_PUBLIC_KEY_BYTES = 32
KEYS_MAX = 5
GRANTS_MAX = 5000
_PARTNER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Also part of the partner's topic name and of its source."""

_FACT_TYPES = frozenset(map(fact_type_of, BY_TYPE))


class GrantRequest(BaseModel):
    """One event type without its version, in one council or everywhere (`*`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    municipality: str = EVERYWHERE


class PartnerRequest(BaseModel):
    """A partner: its title, its Ed25519 public keys (base64 of 32 bytes) by key id, its grants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1, max_length=200)]
    keys: Annotated[dict[str, str], Field(max_length=KEYS_MAX)]
    grants: Annotated[list[GrantRequest], Field(max_length=GRANTS_MAX)]


def partner_of(partner_id: str, request: PartnerRequest) -> DeclaredPartner:
    """Return the partner that a request declares; raises Refusal with the first fault."""
    if not _PARTNER_ID.fullmatch(partner_id):
        raise refusal(
            "E1012",
            "$path.partner_id",
            "This is not a valid partner id.",
            "Use up to 40 lower-case letters, digits and dashes.",
        )
    if code := personal_data.problem_code_in(partner_id):
        raise refusal(
            code,
            "$path.partner_id",
            "This looks like a person's number, so every event of this source would be refused.",
            "Use fewer digits in a row.",
        )
    return DeclaredPartner(
        id=partner_id,
        title=request.title,
        keys={kid: _public_key(kid, text) for kid, text in request.keys.items()},
        grants=frozenset(_grant(number, grant) for number, grant in enumerate(request.grants)),
    )


def _grant(number: int, request: GrantRequest) -> Grant:
    if request.type not in _FACT_TYPES:
        raise refusal(
            "E1116",
            f"$.grants[{number}].type",
            "There is no such event type (grants name it without its version).",
            f"Nearest: {comma_list(nearest(request.type, _FACT_TYPES))}.",
        )
    if request.municipality != EVERYWHERE and not is_council(request.municipality):
        near = nearest_municipalities(request.municipality)
        raise refusal(
            "E1003",
            f"$.grants[{number}].municipality",
            "This is not a council's code.",
            f"Use * or a council. Nearest: {comma_list(near)}.",
        )
    return Grant(request.type, request.municipality)


def _public_key(kid: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _PUBLIC_KEY_BYTES:
        raise refusal(
            "E1012",
            f"$.keys.{kid}",
            "This is not an Ed25519 public key.",
            "Write the base64 of its 32 raw bytes.",
        )
    return key
