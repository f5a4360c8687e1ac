"""`GET /verification`: whether numbers and log agree, and for the steward what does not."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter

from runtime.web.auth import BearerToken, authorize
from runtime.web.dependencies import ContextDep, require_startup_replay
from services.reporting.queries.parameters import allow_only
from services.reporting.queries.responses import ResponseModel
from services.reporting.reconciliation.repository import ReconciliationRepository

_DIFFERENCES_MAX = 1000
"""Shown to the steward; far more than a run stores."""


router = APIRouter(tags=["verification"])


class RunResponse(ResponseModel):
    """A completed run: a sample, or everything."""

    kind: str
    started_at: datetime
    ended_at: datetime
    compared: int
    differs: int
    agrees: bool


class DiscrepancyResponse(ResponseModel):
    """What differs, and how it is identified; for an erased person neither code nor details."""

    kind: str
    code: str | None
    topic: str | None
    partition: int | None
    number: int | None
    detail: str
    found_at: datetime
    checked_at: datetime


class VerificationResponse(ResponseModel):
    """The last run of each kind. `agrees`: no discrepancy is open; null: nothing was checked yet.

    `withheld`: how many totals that were published as a number are withheld; zeros never written,
    splits and the layer exact are withheld with them and not counted. `differences` only with the
    steward's token.
    """

    agrees: bool | None
    discrepancies: int
    withheld: int
    runs: tuple[RunResponse, ...]
    differences: tuple[DiscrepancyResponse, ...] = ()


@router.get(
    "/verification", dependencies=[Depends(allow_only())], response_model_exclude_unset=True
)
async def get_verification(
    request: Request, token: BearerToken, context: ContextDep
) -> VerificationResponse:
    """Return when the numbers were last compared with the log, and whether they agree.

    With the steward's token also what differs, with the codes of people.
    """
    repository = ReconciliationRepository(context.pool)
    last, totals = await repository.last_runs(), await repository.totals()
    response = VerificationResponse(
        agrees=totals.discrepancies == 0 if last else None,
        discrepancies=totals.discrepancies,
        withheld=totals.withheld,
        runs=tuple(_RUNS.validate_python(list(last.values()), from_attributes=True)),
    )
    if token is None:
        return response
    await authorize(request, "steward_token_file", token.credentials)
    await require_startup_replay(request)
    found = await repository.differences(_DIFFERENCES_MAX)
    differences = _DIFFERENCES.validate_python([dict(row) for row in found])
    return response.model_copy(update={"differences": tuple(differences)})


_RUNS: TypeAdapter[list[RunResponse]] = TypeAdapter(list[RunResponse])
_DIFFERENCES: TypeAdapter[list[DiscrepancyResponse]] = TypeAdapter(list[DiscrepancyResponse])
