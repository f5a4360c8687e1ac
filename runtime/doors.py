"""The doors that a service opens for its facts over HTTP; the body is the data of the event."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from runtime.answers import Asked
from runtime.context import Context
from runtime.desk import Book, Desk, Said, Statement
from runtime.http import AFTER_FIRST_READ, context
from runtime.postgres import Connection
from schemas.codes import RANDOM_BYTES, Subject, fresh_code
from schemas.envelope import CONTENT_TYPE
from schemas.event import Event
from schemas.vocabulary import RetractionReason

Doors = Mapping[str, type[Event]]
"""Path → what is said there. One without `{subject}` makes a new code unless one is given."""

Plumbing = Annotated[Context, Depends(context)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,100}$")]
"""The client's own name for a request, at most 100 visible characters."""
Prefix = Literal["p", "v", "o"]
Reason = Annotated[RetractionReason, Query()]


def add_doors(
    router: APIRouter, source: str, store: Callable[[Connection], Book], doors: Doors
) -> None:
    """Open the doors to say facts, and those to correct, retract and read what was said."""

    def desk(plumbing: Plumbing) -> Desk:
        return Desk(source, store, plumbing)

    for path, kind in doors.items():
        _open(router, path, kind, desk)
    _open_facts(router, desk)


def _open(router: APIRouter, path: str, kind: type[Event], desk: Callable[..., Desk]) -> None:
    subject = _named if "{subject}" in path else _maker_of(kind)

    async def say(
        request: Request,
        at: Annotated[Desk, Depends(desk)],
        subject: Annotated[str, Depends(subject)],
        key: Key = None,
    ) -> Said:
        data = await request.body()
        where = f"{request.url.path}?{request.url.query}\n"
        return await at.say(Statement(kind.TYPE, subject, data), Asked(key, where.encode() + data))

    router.post(
        path,
        status_code=HTTPStatus.CREATED,
        summary=(kind.__doc__ or "").partition("\n")[0],
        description=f"Says `{kind.TYPE}`.",
        operation_id=kind.__name__,
        openapi_extra=_body(kind.model_json_schema()),
    )(say)


def _open_facts(router: APIRouter, desk: Callable[..., Desk]) -> None:
    @router.get("/facts/{factid}", dependencies=[AFTER_FIRST_READ])
    async def state(factid: str, at: Annotated[Desk, Depends(desk)]) -> Response:
        """The event that stated or retracted a fact of this service last."""
        return Response(await at.state(factid), media_type=CONTENT_TYPE)

    @router.put(
        "/facts/{factid}", dependencies=[AFTER_FIRST_READ], openapi_extra=_body({"type": "object"})
    )
    async def correct(factid: str, request: Request, at: Annotated[Desk, Depends(desk)]) -> Said:
        """State a fact anew, in full: the next revision. Equal content says nothing."""
        return await at.correct(factid, await request.body())

    @router.delete("/facts/{factid}", dependencies=[AFTER_FIRST_READ])
    async def retract(
        factid: str, at: Annotated[Desk, Depends(desk)], reason: Reason = "entered_in_error"
    ) -> Said:
        """Take a fact back: the next revision. It may be stated again by a correction."""
        return await at.retract(factid, reason)


async def _named(subject: Subject) -> str:
    return subject


def _maker_of(kind: type[Event]) -> Callable[..., Awaitable[str]]:
    prefix = cast("Prefix", kind.SUBJECT[0])

    async def given_or_new(
        plumbing: Plumbing, subject: Annotated[Subject | None, Query()] = None
    ) -> str:
        """The code of somebody or something known already; without it a new one is made."""
        return subject or fresh_code(prefix, plumbing.ids.random_bytes(RANDOM_BYTES))

    return given_or_new


def _body(schema: dict[str, object]) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
