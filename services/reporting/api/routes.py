"""All routes of reporting's HTTP API, and `GET /freshness`."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, Depends

from runtime.web.dependencies import ContextDep
from schemas.validation.problems import refusal
from services.reporting.api import (
    completeness,
    duplicates,
    explain,
    facts,
    indicators,
    releases,
    targets,
    values,
    verification,
)
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.queries.parameters import allow_only
from services.reporting.queries.responses import ResponseModel


class _PartitionLagResponse(ResponseModel):
    """How many records of a partition are not projected yet."""

    topic: str
    partition: int
    lag: int


class _FreshnessResponse(ResponseModel):
    """How far the projection is.

    `projected_through`: every record acknowledged by then is projected; null: not known yet since
    the start.
    """

    projected_through: datetime | None
    lag: int
    topics: tuple[_PartitionLagResponse, ...]


def routes(freshness: ProgressTracker, gate: DefinitionGate | None = None) -> APIRouter:
    """Return all routes of a replica whose checks of the log are kept in `freshness`.

    While `gate` is blocked, because the entries follow other definitions, no values are returned.
    """
    router = APIRouter(tags=["indicators"])
    is_open = [Depends(_open_gate(gate or DefinitionGate()))]
    router.include_router(indicators.router)
    router.include_router(values.routes(freshness, is_open))
    router.include_router(_freshness_routes(freshness))
    for each in (targets.router, completeness.router, facts.router):
        router.include_router(each)
    for each in (duplicates.router, releases.routes(freshness), explain.routes(freshness)):
        router.include_router(each, dependencies=is_open)
    router.include_router(verification.router)
    return router


def _freshness_routes(freshness: ProgressTracker) -> APIRouter:
    router = APIRouter()

    @router.get("/freshness", dependencies=[Depends(allow_only())])
    async def get_freshness(context: ContextDep) -> _FreshnessResponse:
        """Return the instant through which every record is projected, and the lag per partition."""
        progress = await freshness.check(context)
        topics = tuple(
            _PartitionLagResponse(topic=each.topic, partition=each.partition, lag=each.lag)
            for each in progress.partitions
        )
        return _FreshnessResponse(
            projected_through=progress.projected_through, lag=progress.lag, topics=topics
        )

    return router


def _open_gate(gate: DefinitionGate) -> Callable[[], Awaitable[None]]:
    """Return a dependency that refuses requests while the gate is blocked."""

    async def check() -> None:
        if (reason := gate.unready_reason()) is not None:
            detail = f"No values now: {reason}."
            raise refusal("E1507", "$", detail, "Rebuild with `lmc rebuild`, then try again.")

    return check
