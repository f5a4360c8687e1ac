"""How a partner is declared: the form the operator fills, read into what the door works with."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas import personal_data
from schemas.catalogue import BY_TYPE
from schemas.nearest import nearest, one_of
from schemas.problem import refusal
from schemas.territory import is_council
from schemas.territory import nearest as nearest_places
from services.intake.partners import EVERYWHERE, Grant, Partner

PUBLIC_KEY_BYTES = 32
KEYS_MAX = 5
GRANTS_MAX = 5000
PARTNER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Also part of a topic's name and of a source."""

FACT_TYPES = frozenset(type_.rpartition(".v")[0] for type_ in BY_TYPE)


class GrantForm(BaseModel):
    """One event type without its version, in one council or everywhere (`*`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    municipality: str = EVERYWHERE


class PartnerForm(BaseModel):
    """A partner whole: its title, its Ed25519 public keys (base64 of 32 bytes), its grants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1, max_length=200)]
    keys: Annotated[dict[str, str], Field(max_length=KEYS_MAX)]
    grants: Annotated[list[GrantForm], Field(max_length=GRANTS_MAX)]


def partner_of(partner_id: str, form: PartnerForm) -> Partner:
    """Return the partner that a form declares; raises Refusal with the first fault."""
    if not PARTNER_ID.fullmatch(partner_id):
        raise refusal(
            "E1012",
            "$path.partner_id",
            "This is no partner id.",
            "Use up to 40 lower-case letters, digits and dashes.",
        )
    if code := personal_data.code_of(partner_id):
        raise refusal(
            code,
            "$path.partner_id",
            "This reads as a person's number, and every event of this source would be refused.",
            "Use fewer digits in a row.",
        )
    return Partner(
        id=partner_id,
        title=form.title,
        keys={kid: _public_key(kid, text) for kid, text in form.keys.items()},
        grants=frozenset(_grant(number, each) for number, each in enumerate(form.grants)),
    )


def _grant(number: int, form: GrantForm) -> Grant:
    if form.type not in FACT_TYPES:
        raise refusal(
            "E1116",
            f"$.grants[{number}].type",
            "There is no such event type (grants name it without its version).",
            f"Nearest: {one_of(nearest(form.type, FACT_TYPES))}.",
        )
    if form.municipality != EVERYWHERE and not is_council(form.municipality):
        raise refusal(
            "E1003",
            f"$.grants[{number}].municipality",
            "This is no council's code.",
            f"Use * or a council. Nearest: {one_of(nearest_places(form.municipality))}.",
        )
    return Grant(form.type, form.municipality)


def _public_key(kid: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES:
        raise refusal(
            "E1012",
            f"$.keys.{kid}",
            "This is no Ed25519 public key.",
            "Write the base64 of its 32 raw bytes.",
        )
    return key
