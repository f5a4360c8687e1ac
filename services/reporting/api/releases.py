"""`/releases`: prepare, approve, reject, reopen, and compare what was frozen with today."""

import hmac
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from runtime.context import Context
from runtime.process.clock import belgrade_day
from runtime.process.settings import read_secret
from runtime.refusals import not_found
from runtime.web.auth import STEWARD, BearerToken, KeyField, authorize, authorize_any
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from schemas.periods import Period, parse_period
from schemas.territory import is_council
from schemas.validation import personal_data
from schemas.validation.event_rules import ON_FIRST
from schemas.validation.problems import Refusal, refusal
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.queries.parameters import allow_only, parse_place
from services.reporting.releases import workflow
from services.reporting.releases.comparison import compare_with_today
from services.reporting.releases.model import (
    Release,
    ReleaseStep,
    ReopenReason,
    StepTaken,
    current_step,
)
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.releases.responses import (
    PUBLIC_STEPS,
    PreparedReleaseResponse,
    ReleaseComparisonResponse,
    ReleasesResponse,
    ReleaseVersionResponse,
    denied_responses,
    release_summary,
    release_version_response,
    value_comparison_responses,
)

_By = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
"""An account's word, like `steward-1`; it is no person's name."""
_Version = Annotated[int | None, Query(ge=1, description="the latest one if not given")]
_NOTHING_MORE = Depends(allow_only())
_RELEASES_MAX = 2_000
"""The newest of a long list; ids are in the order of time. A council has some dozens a year."""
_KEYS: tuple[KeyField, ...] = ("steward_token_file", "approver_token_file")
"""Either shows all of a release: one prepares it, the other must see what it approves."""


class _StepRequest(BaseModel):
    """Who takes a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: _By


class _PrepareRequest(_StepRequest):
    """What to close: a council's month, quarter or year that has ended."""

    place: str
    period: str


class _ReopenRequest(_StepRequest):
    """Why a period is reopened."""

    reason: ReopenReason


async def _holds_key(request: Request, token: BearerToken) -> bool:
    """Whether the reader holds one of the two keys; without any only published values are shown."""
    if token is None:
        return False
    await authorize_any(request, _KEYS, token.credentials)
    return True


async def _require_approver(request: Request, context: ContextDep, token: BearerToken) -> None:
    """Require the approver's key, which must differ from the steward's."""
    secret = token.credentials if token else None
    await authorize(request, "approver_token_file", secret)
    steward = context.settings.steward_token_file
    if steward and hmac.compare_digest(read_secret(steward).encode(), str(secret).encode()):
        raise refusal(
            *("E1403", "$header.Authorization", "The approver's key is also the steward's."),
            "Its operators must set two different keys: two persons close a period.",
        )


_HoldsKey = Annotated[bool, Depends(_holds_key)]
_APPROVER = Depends(_require_approver)


def routes(freshness: ProgressTracker) -> APIRouter:
    """Return the routes of a replica whose progress is tracked by `freshness`."""
    router = APIRouter(prefix="/releases", tags=["closing"])
    _writing(router, freshness)
    _reading(router)
    return router


def _writing(router: APIRouter, freshness: ProgressTracker) -> None:
    @router.post(
        "",
        dependencies=[_NOTHING_MORE, STEWARD, AFTER_STARTUP_REPLAY],
        status_code=HTTPStatus.CREATED,
    )
    async def prepare(context: ContextDep, body: _PrepareRequest) -> PreparedReleaseResponse:
        """Read all tables of a period for approval. Another person approves it."""
        what = _closable(context, body.place, body.period)
        prepared = await workflow.prepare(context, freshness, what, _actor(body))
        release = prepared.release
        return PreparedReleaseResponse(
            id=release.id,
            place=release.place,
            period=str(release.period),
            version=release.version,
            state=ReleaseStep.PREPARED,
            digest=release.digest.hex(),
            summary=release_summary(release, prepared.rows),
        )

    @router.post(
        "/{release}/approve", dependencies=[_NOTHING_MORE, _APPROVER, AFTER_STARTUP_REPLAY]
    )
    async def approve(
        context: ContextDep, release: str, body: _StepRequest
    ) -> ReleaseVersionResponse:
        """Freeze what another person has prepared, and publish `reporting.period.closed`."""
        return await _after_step(context, *await workflow.approve(context, release, _actor(body)))

    @router.post("/{release}/reject", dependencies=[_NOTHING_MORE, _APPROVER])
    async def reject(
        context: ContextDep, release: str, body: _StepRequest
    ) -> ReleaseVersionResponse:
        """Reject what was prepared."""
        return await _after_step(context, *await workflow.reject(context, release, _actor(body)))

    @router.post("/{place}/{period}/reopen", dependencies=[_NOTHING_MORE, _APPROVER])
    async def reopen(
        context: ContextDep, place: str, period: str, body: _ReopenRequest
    ) -> ReleaseVersionResponse:
        """Reopen a closed period, and publish `reporting.period.reopened`."""
        what = _council(place, "$path.place"), _period(period, "$path.period")
        done = await workflow.reopen(context, what, _actor(body), body.reason)
        return await _after_step(context, *done)


def _reading(router: APIRouter) -> None:
    @router.get("", dependencies=[Depends(allow_only("place", "period"))])
    async def get_releases(
        context: ContextDep, has_key: _HoldsKey, place: str | None = None, period: str | None = None
    ) -> ReleasesResponse:
        """Return the newest releases; drafts, and who took which step, only with a key."""
        council = None if place is None else _council(place, "$query.place")
        wanted = None if period is None else str(_period(period, "$query.period"))
        async with context.pool.acquire() as connection:
            repository = ReleaseRepository(connection)
            histories = await repository.histories(council, wanted)
            found = {
                taken.release: (at, history)
                for at, history in histories.items()
                for taken in history
                if has_key or current_step(taken.release, history) in PUBLIC_STEPS
            }
            releases = dict(sorted(found.items())[-_RELEASES_MAX:])
            digests = await repository.digests(releases)
        return ReleasesResponse(
            releases=tuple(
                release_version_response((release, *at), history, digests[release], names=has_key)
                for release, (at, history) in releases.items()
            )
        )

    @router.get(
        "/{place}/{period}",
        dependencies=[Depends(allow_only("version"))],
        response_model_exclude_unset=True,
    )
    async def get_version(
        context: ContextDep,
        has_key: _HoldsKey,
        at: Annotated[tuple[str, Period], Depends(_path_key)],
        version: _Version = None,
    ) -> ReleaseComparisonResponse:
        """Return an approved version next to today's numbers; exact values only with a key."""
        return await _comparison(context, await _approved(context, at, version), has_key=has_key)

    @router.get("/{release}", dependencies=[_NOTHING_MORE], response_model_exclude_unset=True)
    async def get_release(
        context: ContextDep, has_key: _HoldsKey, release: str
    ) -> ReleaseComparisonResponse:
        """Return any release next to today's numbers; one not approved only with a key."""
        found = await workflow.find_release(context, release)
        if not has_key and await _state(context, found) not in PUBLIC_STEPS:
            raise not_found("There is no release with this id.", "$path.release")
        return await _comparison(context, found, has_key=has_key)


async def _path_key(place: str, period: str) -> tuple[str, Period]:
    return _council(place, "$path.place"), _period(period, "$path.period")


async def _approved(context: Context, at: tuple[str, Period], version: int | None) -> Release:
    """Return the approved release of a version, or the latest; Refusal if there is none."""
    async with context.pool.acquire() as connection:
        repository = ReleaseRepository(connection)
        approved = [
            taken
            for taken in await repository.history(at[0], str(at[1]))
            if taken.step is ReleaseStep.APPROVED and version in (None, taken.version)
        ]
        found = await repository.release(approved[-1].release) if approved else None
    if found is None:
        raise not_found("This period was never closed as this version.", "$path.period")
    return found


async def _state(context: Context, release: Release) -> ReleaseStep:
    async with context.pool.acquire() as connection:
        history = await ReleaseRepository(connection).history(release.place, str(release.period))
    return current_step(release.id, history)


async def _comparison(
    context: Context, release: Release, *, has_key: bool
) -> ReleaseComparisonResponse:
    seen = await compare_with_today(context, release, is_exact=has_key)
    at = (release.id, release.place, str(release.period))
    return ReleaseComparisonResponse(
        release=release_version_response(at, seen.history, release.digest, names=has_key),
        summary=release_summary(release, seen.frozen) if has_key else None,
        is_revised=any(row.differs for row in seen.rows),
        values=(
            *value_comparison_responses(seen.rows, seen.reasons),
            *(() if has_key else denied_responses(seen.tables)),
        ),
    )


async def _after_step(
    context: Context, release: Release, _taken: StepTaken
) -> ReleaseVersionResponse:
    """Return a release after a step."""
    at = (release.id, release.place, str(release.period))
    async with context.pool.acquire() as connection:
        history = await ReleaseRepository(connection).history(at[1], at[2])
    return release_version_response(at, history, release.digest, names=True)


def _closable(context: Context, place: str, period: str) -> tuple[str, Period]:
    """Return a council and a period that can be closed; Refusal for any other."""
    council, wanted = _council(place, "$.place"), _period(period, "$.period")
    if belgrade_day(context.clock()) <= wanted.last:
        raise refusal(
            "E1302",
            "$.period",
            f"This period lasts until {wanted.last}.",
            "Close it when it is over.",
        )
    return council, wanted


def _council(place: str, path: str) -> str:
    if is_council(place):
        return place
    try:
        parse_place(place)
    except Refusal as refused:
        raise Refusal(replace(refused.problem, path=path)) from None
    raise refusal("E1503", path, "Only periods of councils can be closed.", "Use a council's code.")


def _period(text: str, path: str) -> Period:
    period = parse_period(text, path)
    if period.first is None or period.first < ON_FIRST:
        raise refusal(
            "E1018",
            path,
            "A period of this kind cannot be closed.",
            f"Use a month 2023-06, a quarter 2023-Q2 or a year, not before {ON_FIRST.year}.",
        )
    return period


def _actor(request: _StepRequest) -> str:
    problem = personal_data.search_text(request.by)
    if problem is not None:
        raise Refusal(replace(problem, path="$.by"))
    return request.by
