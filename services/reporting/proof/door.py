"""The door to the proofs: whether table and log agree, and for the steward what does not."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter

from runtime.context import Context
from runtime.http import context, require_first_read, use_key
from runtime.keys import Given
from services.reporting.answering.answers import Answer
from services.reporting.answering.question import only
from services.reporting.proof.register import Register

DIFFERENCES_MAX = 1000
"""Shown to the steward; a proof keeps far fewer."""

Plumbing = Annotated[Context, Depends(context)]

router = APIRouter(tags=["verification"])


class ProofAnswer(Answer):
    """A proof that came to its end: a sample, or everything."""

    kind: str
    started_at: datetime
    ended_at: datetime
    compared: int
    differs: int
    agrees: bool


class DifferenceAnswer(Answer):
    """What differs, by what it is found again; nothing is told of an erased person."""

    kind: str
    code: str | None
    topic: str | None
    partition: int | None
    number: int | None
    why: str
    found_at: datetime
    looked_at: datetime


class VerificationAnswer(Answer):
    """The last proof of each kind. `agrees`: nothing is suspected; null: nothing is proved yet.

    `withheld`: how many totals that were once published as a number are; what was never written
    (zero by rule), splits and the layer exact are withheld with them and not counted.
    `differences` only with the steward's token.
    """

    agrees: bool | None
    suspects: int
    withheld: int
    proofs: tuple[ProofAnswer, ...]
    differences: tuple[DifferenceAnswer, ...] = ()


@router.get("/verification", dependencies=[Depends(only())], response_model_exclude_unset=True)
async def get_verification(
    request: Request, given: Given, plumbing: Plumbing
) -> VerificationAnswer:
    """Return when table and log were last compared, and whether they agree.

    With the steward's token also what differs, with the codes of people.
    """
    register = Register(plumbing.pool)
    last, standing = await register.last(), await register.standing()
    answer = VerificationAnswer(
        agrees=standing.suspects == 0 if last else None,
        suspects=standing.suspects,
        withheld=standing.withheld,
        proofs=tuple(_PROOFS.validate_python(list(last.values()), from_attributes=True)),
    )
    if given is None:
        return answer
    await use_key(request, "steward_token_file", given.credentials)
    await require_first_read(request)
    found = await register.differences(DIFFERENCES_MAX)
    told = _DIFFERENCES.validate_python([dict(row) for row in found])
    return answer.model_copy(update={"differences": tuple(told)})


_PROOFS: TypeAdapter[list[ProofAnswer]] = TypeAdapter(list[ProofAnswer])
_DIFFERENCES: TypeAdapter[list[DifferenceAnswer]] = TypeAdapter(list[DifferenceAnswer])
