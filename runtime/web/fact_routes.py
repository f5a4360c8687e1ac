"""Endpoints for the facts of a service; the body of a request is the data of the event."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from runtime.commands import FactCommandHandler, FactReceipt, RecordFact
from runtime.storage.fact_store import FactRepository
from runtime.storage.idempotency import IdempotentRequest
from runtime.storage.pool import Connection
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from schemas.closed_lists import RetractionReason
from schemas.codes import RANDOM_BYTES, Subject, new_code
from schemas.envelope import CONTENT_TYPE
from schemas.events.event import Event
from schemas.validation.problems import refusal

FactRoutes = Mapping[str, type[Event]]
"""Path → class of the event. A path without `{subject}` makes a new code unless one is given."""

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,100}$")]
"""The client's own name for a request, at most 100 visible characters."""
_Prefix = Literal["p", "v", "o"]
_Reason = Annotated[RetractionReason, Query()]


def add_fact_routes(
    router: APIRouter,
    source: str,
    repository: Callable[[Connection], FactRepository],
    routes: FactRoutes,
) -> None:
    """Add the endpoints that record facts, and those that correct, retract and read them."""

    def command_handler(context: ContextDep) -> FactCommandHandler:
        return FactCommandHandler(source, repository, context)

    for path, event_class in routes.items():
        _add_recording(router, path, event_class, command_handler)
    _add_facts(router, command_handler)


def _add_recording(
    router: APIRouter,
    path: str,
    event_class: type[Event],
    command_handler: Callable[..., FactCommandHandler],
) -> None:
    subject = _named if "{subject}" in path else _given_or_new(event_class)

    async def record(
        request: Request,
        commands: Annotated[FactCommandHandler, Depends(command_handler)],
        subject: Annotated[str, Depends(subject)],
        key: IdempotencyKey = None,
    ) -> FactReceipt:
        data = await request.body()
        url = f"{request.url.path}?{request.url.query}\n"
        return await commands.record(
            RecordFact(event_class.TYPE, subject, data), IdempotentRequest(key, url.encode() + data)
        )

    router.post(
        path,
        status_code=HTTPStatus.CREATED,
        summary=(event_class.__doc__ or "").partition("\n")[0],
        description=f"Publishes `{event_class.TYPE}`.",
        operation_id=event_class.__name__,
        openapi_extra=_body(event_class.model_json_schema()),
    )(record)


def _add_facts(router: APIRouter, command_handler: Callable[..., FactCommandHandler]) -> None:
    @router.get("/facts/{factid}", dependencies=[AFTER_STARTUP_REPLAY])
    async def latest_event(
        factid: str, commands: Annotated[FactCommandHandler, Depends(command_handler)]
    ) -> Response:
        """Return the event that stated or retracted a fact of this service last."""
        return Response(await commands.latest_event(factid), media_type=CONTENT_TYPE)

    @router.put(
        "/facts/{factid}",
        dependencies=[AFTER_STARTUP_REPLAY],
        openapi_extra=_body({"type": "object"}),
    )
    async def correct(
        factid: str,
        request: Request,
        commands: Annotated[FactCommandHandler, Depends(command_handler)],
    ) -> FactReceipt:
        """Correct a fact, in full: the next revision. Equal content publishes nothing."""
        return await commands.correct(factid, await request.body())

    @router.delete("/facts/{factid}", dependencies=[AFTER_STARTUP_REPLAY])
    async def retract(
        factid: str,
        commands: Annotated[FactCommandHandler, Depends(command_handler)],
        reason: _Reason = "entered_in_error",
    ) -> FactReceipt:
        """Retract a fact: the next revision. A correction may state it again."""
        return await commands.retract(factid, reason)


async def _named(subject: Subject) -> str:
    return subject


def _given_or_new(event_class: type[Event]) -> Callable[..., Awaitable[str]]:
    prefix = cast("_Prefix", event_class.SUBJECT[0])

    async def given_or_new(
        context: ContextDep,
        subject: Annotated[Subject | None, Query()] = None,
        key: IdempotencyKey = None,
    ) -> str:
        """Return the code of a known person or thing; without it a new code is made.

        A new code needs an Idempotency-Key: repeated without one, the request would make another.
        """
        if subject is None and key is None:
            raise refusal(
                "E1514",
                "$header.Idempotency-Key",
                "This request makes a new code, and repeated it would make another one.",
                "Send a name of your own for the request, such as a UUID, as Idempotency-Key;"
                " send the same one when you repeat it. Or name a known code as `subject`.",
            )
        return subject or new_code(prefix, context.ids.random_bytes(RANDOM_BYTES))

    return given_or_new


def _body(schema: dict[str, object]) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
