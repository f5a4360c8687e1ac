"""The doors of closing: prepare, approve, reject, reopen, and look at what was frozen."""

import hmac
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.http import AFTER_FIRST_READ, STEWARD, context, use_key, use_one_of
from runtime.keys import Given, KeyField
from runtime.problems import not_found
from runtime.settings import read_secret
from schemas import personal_data
from schemas.periods import Period, parse
from schemas.problem import Refusal, refusal
from schemas.rules import ON_FIRST
from schemas.territory import is_council
from services.reporting.answering.question import only, place_of
from services.reporting.closing import steps
from services.reporting.closing.answers import (
    SEES_WHO,
    ComparedAnswer,
    PreparedAnswer,
    ReleaseAnswer,
    ReleasesAnswer,
    compared_answers,
    denied_answers,
    release_answer,
    summary,
)
from services.reporting.closing.beside import beside
from services.reporting.closing.model import Release, Reopening, Step, Taken, standing
from services.reporting.closing.store import Archive
from services.reporting.folding.freshness import Freshness

Plumbing = Annotated[Context, Depends(context)]
By = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
"""An account's word, like `steward-1`; no person's name is asked for."""
Version = Annotated[int | None, Query(ge=1, description="the latest one if not given")]
NOTHING_MORE = Depends(only())
RELEASES_MAX = 2_000
"""The newest of a long list; ids are in the order of time. A council has some dozens a year."""
KEYS: tuple[KeyField, ...] = ("steward_token_file", "approver_token_file")
"""Either opens the whole of a release: one prepares it, the other must see what it approves."""


class Person(BaseModel):
    """Who takes a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: By


class Preparation(Person):
    """What is to be closed: a council's month, quarter or year that has ended."""

    place: str
    period: str


class Reopened(Person):
    """Why a period is opened again."""

    reason: Reopening


async def sees_all(request: Request, given: Given) -> bool:
    """Whether the reader holds a key of the two; without any key only what is published is seen."""
    if given is None:
        return False
    await use_one_of(request, KEYS, given.credentials)
    return True


async def second_person(request: Request, plumbing: Plumbing, given: Given) -> None:
    """Let a request pass only with the approver's key, which must not be the steward's."""
    token = given.credentials if given else None
    await use_key(request, "approver_token_file", token)
    steward = plumbing.settings.steward_token_file
    if steward and hmac.compare_digest(read_secret(steward).encode(), str(token).encode()):
        raise refusal(
            *("E1403", "$header.Authorization", "The approver's key is the steward's as well."),
            "Its operators must set two different keys: two persons close a period.",
        )


SeesAll = Annotated[bool, Depends(sees_all)]
SECOND = Depends(second_person)


def routes(freshness: Freshness) -> APIRouter:
    """The doors of a copy whose looks at the log are kept in `freshness`."""
    router = APIRouter(prefix="/releases", tags=["closing"])
    _writing(router, freshness)
    _reading(router)
    return router


def _writing(router: APIRouter, freshness: Freshness) -> None:
    @router.post(
        "",
        dependencies=[NOTHING_MORE, STEWARD, AFTER_FIRST_READ],
        status_code=HTTPStatus.CREATED,
    )
    async def prepare(plumbing: Plumbing, asked: Preparation) -> PreparedAnswer:
        """Read all tables of a period to be frozen. Another person approves it."""
        what = _over(plumbing, asked.place, asked.period)
        prepared = await steps.prepare(plumbing, freshness, what, _named(asked))
        release = prepared.release
        return PreparedAnswer(
            id=release.id,
            place=release.place,
            period=str(release.period),
            version=release.version,
            state=Step.PREPARED,
            digest=release.digest.hex(),
            summary=summary(release, prepared.rows),
        )

    @router.post("/{release}/approve", dependencies=[NOTHING_MORE, SECOND, AFTER_FIRST_READ])
    async def approve(plumbing: Plumbing, release: str, asked: Person) -> ReleaseAnswer:
        """Freeze what another person has prepared, and say `reporting.period.closed`."""
        return await _after(plumbing, *await steps.approve(plumbing, release, _named(asked)))

    @router.post("/{release}/reject", dependencies=[NOTHING_MORE, SECOND])
    async def reject(plumbing: Plumbing, release: str, asked: Person) -> ReleaseAnswer:
        """Put aside what was prepared."""
        return await _after(plumbing, *await steps.reject(plumbing, release, _named(asked)))

    @router.post("/{place}/{period}/reopen", dependencies=[NOTHING_MORE, SECOND])
    async def reopen(plumbing: Plumbing, place: str, period: str, asked: Reopened) -> ReleaseAnswer:
        """Open a closed period again, and say `reporting.period.reopened`."""
        what = _council(place, "$path.place"), _period(period, "$path.period")
        done = await steps.reopen(plumbing, what, _named(asked), asked.reason)
        return await _after(plumbing, *done)


def _reading(router: APIRouter) -> None:
    @router.get("", dependencies=[Depends(only("place", "period"))])
    async def get_releases(
        plumbing: Plumbing, sees: SeesAll, place: str | None = None, period: str | None = None
    ) -> ReleasesAnswer:
        """Return the newest releases; who took which step, and drafts, only with a key."""
        council = None if place is None else _council(place, "$query.place")
        wanted = None if period is None else str(_period(period, "$query.period"))
        async with plumbing.pool.acquire() as connection:
            archive = Archive(connection)
            histories = await archive.histories(council, wanted)
            found = {
                taken.release: (at, history)
                for at, history in histories.items()
                for taken in history
                if sees or standing(taken.release, history) in SEES_WHO
            }
            releases = dict(sorted(found.items())[-RELEASES_MAX:])
            digests = await archive.digests(releases)
        return ReleasesAnswer(
            releases=tuple(
                release_answer((release, *at), history, digests[release], names=sees)
                for release, (at, history) in releases.items()
            )
        )

    @router.get(
        "/{place}/{period}",
        dependencies=[Depends(only("version"))],
        response_model_exclude_unset=True,
    )
    async def get_version(
        plumbing: Plumbing,
        sees: SeesAll,
        at: Annotated[tuple[str, Period], Depends(_asked)],
        version: Version = None,
    ) -> ComparedAnswer:
        """Return an approved version beside the numbers of today; all of it only with a key."""
        return await _beside(plumbing, await _approved(plumbing, at, version), sees=sees)

    @router.get("/{release}", dependencies=[NOTHING_MORE], response_model_exclude_unset=True)
    async def get_release(plumbing: Plumbing, sees: SeesAll, release: str) -> ComparedAnswer:
        """Return any release beside the numbers of today; one not approved only with a key."""
        found = await steps.find(plumbing, release)
        if not sees and await _state(plumbing, found) not in SEES_WHO:
            raise not_found("There is no release of this id.", "$path.release")
        return await _beside(plumbing, found, sees=sees)


async def _asked(place: str, period: str) -> tuple[str, Period]:
    return _council(place, "$path.place"), _period(period, "$path.period")


async def _approved(plumbing: Context, at: tuple[str, Period], version: int | None) -> Release:
    """The approved release of a version, or the latest one; Refusal if there is none."""
    async with plumbing.pool.acquire() as connection:
        archive = Archive(connection)
        approved = [
            taken
            for taken in await archive.history(at[0], str(at[1]))
            if taken.step is Step.APPROVED and version in (None, taken.version)
        ]
        found = await archive.release(approved[-1].release) if approved else None
    if found is None:
        raise not_found("This period was not closed as such a version.", "$path.period")
    return found


async def _state(plumbing: Context, release: Release) -> Step:
    async with plumbing.pool.acquire() as connection:
        history = await Archive(connection).history(release.place, str(release.period))
    return standing(release.id, history)


async def _beside(plumbing: Context, release: Release, *, sees: bool) -> ComparedAnswer:
    seen = await beside(plumbing, release, is_exact=sees)
    at = (release.id, release.place, str(release.period))
    return ComparedAnswer(
        release=release_answer(at, seen.history, release.digest, names=sees),
        summary=summary(release, seen.frozen) if sees else None,
        is_revised=any(row.differs for row in seen.rows),
        values=(
            *compared_answers(seen.rows, seen.reasons),
            *(() if sees else denied_answers(seen.tables)),
        ),
    )


async def _after(plumbing: Context, release: Release, _taken: Taken) -> ReleaseAnswer:
    """A release as it stands after a step."""
    at = (release.id, release.place, str(release.period))
    async with plumbing.pool.acquire() as connection:
        history = await Archive(connection).history(at[1], at[2])
    return release_answer(at, history, release.digest, names=True)


def _over(plumbing: Context, place: str, period: str) -> tuple[str, Period]:
    """A council and a period that can be closed; Refusal for any other."""
    council, asked = _council(place, "$.place"), _period(period, "$.period")
    if belgrade_day(plumbing.clock()) <= asked.last:
        raise refusal(
            "E1302",
            "$.period",
            f"This period lasts until {asked.last}.",
            "Close it when it is over.",
        )
    return council, asked


def _council(place: str, path: str) -> str:
    if is_council(place):
        return place
    try:
        place_of(place)
    except Refusal as refused:
        raise Refusal(replace(refused.problem, path=path)) from None
    raise refusal("E1503", path, "Only a council's periods are closed.", "Use a council's code.")


def _period(text: str, path: str) -> Period:
    period = parse(text, path)
    if period.first is None or period.first < ON_FIRST:
        raise refusal(
            "E1017",
            path,
            "Such a period is never closed.",
            f"Use a month 2023-06, a quarter 2023-Q2 or a year, not before {ON_FIRST.year}.",
        )
    return period


def _named(person: Person) -> str:
    problem = personal_data.search_text(person.by)
    if problem is not None:
        raise Refusal(replace(problem, path="$.by"))
    return person.by
