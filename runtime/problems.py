"""Trouble over HTTP: every refusal, ours or the framework's, as a problem document (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from runtime import log
from runtime.errors import Unavailable
from runtime.postgres import AGAIN, TROUBLE
from schemas.problem import Problem, Refusal, refusal

STATUS = {
    "E1103": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "E1301": HTTPStatus.CONFLICT,
    "E1302": HTTPStatus.CONFLICT,
    "E1401": HTTPStatus.UNAUTHORIZED,
    "E1402": HTTPStatus.FORBIDDEN,
    "E1403": HTTPStatus.FORBIDDEN,
    "E1502": HTTPStatus.NOT_FOUND,
    "E1504": HTTPStatus.NOT_FOUND,
    "E1506": HTTPStatus.FORBIDDEN,
    "E1507": HTTPStatus.SERVICE_UNAVAILABLE,
    "E1508": HTTPStatus.TOO_MANY_REQUESTS,
    "E1512": HTTPStatus.GONE,
    "E1901": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of a code; of one that does not stand here it is 422."""
FORM = {"missing": "E1011", "extra_forbidden": "E1010", "json_invalid": "E1101"}
"""The code for a kind of pydantic's; of others it is E1012, of those that name a limit E1013."""
LIMITS = ("greater_than", "less_than", "too_long", "too_short")
TYPE_BASE = "/errors/"
"""Relative to the service, which explains each of its codes there."""
SMALLER = "Send less in one request."
RETRY_SECONDS = "5"
MEDIA = "application/problem+json"
AWAY: tuple[type[Exception], ...] = (Unavailable, *TROUBLE, *AGAIN)
"""What says that the world is not there, or not now."""

_LOG = log.get(__name__)


class Titles(TypedDict):
    """A code's title in both languages."""

    sr: str
    en: str


class ProblemDocument(TypedDict):
    """The members of RFC 9457, and ours: the stable code, the place, and what to do."""

    type: str
    title: str
    titles: Titles
    status: int
    code: str
    path: str
    detail: str
    remedy: str


RESPONSE: dict[str, object] = {
    "description": "A problem document (RFC 9457) with a stable code",
    "content": {MEDIA: {"schema": TypeAdapter(ProblemDocument).json_schema()}},
}
"""For the reference at /docs."""


def status_of(problem: Problem) -> HTTPStatus:
    """The HTTP status that fits a problem's code."""
    return STATUS.get(problem.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def document(problem: Problem, status: int | None = None) -> ProblemDocument:
    """The problem as its document."""
    return ProblemDocument(
        type=TYPE_BASE + problem.code,
        title=problem.title.en,
        titles=Titles(sr=problem.title.sr, en=problem.title.en),
        status=status or int(status_of(problem)),
        code=problem.code,
        path=problem.path,
        detail=problem.detail,
        remedy=problem.remedy,
    )


def answer(problem: Problem, status: int | None = None) -> JSONResponse:
    """The problem as a response."""
    told = document(problem, status)
    headers = {}
    if told["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if told["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_SECONDS
    return JSONResponse(dict(told), told["status"], headers=headers, media_type=MEDIA)


def json_path(location: Sequence[int | str]) -> str:
    """FastAPI's place of a fault as a path: `$.data.on` in the body, `$query.place` outside it."""
    first, *rest = location or ("body",)
    root = "$" if first == "body" else f"${first}"
    return root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def problem_of(error: BaseException) -> Problem:
    """What there is to say of an error: the refusal's own words, else what its kind means."""
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, AWAY):
        _LOG.warning("request could not be served", trouble=log.brief(error))
        what = "The service cannot reach what it needs."
        return Problem("E1507", "$", what, "Try again in a moment.")
    _LOG.error("bug in a request", trouble=log.describe(error))
    what = "The service made a mistake."
    return Problem("E1901", "$", what, "Tell its operators; nothing was kept.")


def not_found(what: str, path: str = "$") -> Refusal:
    """A refusal with status 404."""
    return refusal("E1502", path, what, "Look at /docs for what can be asked here.")


def gone(path: str) -> Refusal:
    """A refusal with status 410: what was known of a code is destroyed, and never comes back."""
    return refusal(
        "E1512",
        path,
        "All that was known of this code is erased, and it is never used again.",
        "Nothing can be said or asked of it; a person who comes again gets a new code.",
    )


def install(app: FastAPI) -> None:
    """Answer everything that goes wrong in this app with a problem document."""
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    kinds: tuple[type[Exception], ...] = (Refusal, *AWAY, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, _trouble)


async def _trouble(_request: Request, error: Exception) -> Response:
    return answer(problem_of(error))


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    fault = error.errors()[0]
    kind, location = str(fault["type"]), tuple(fault["loc"])
    if kind == "json_invalid":
        location = location[:1]
    code = FORM.get(kind) or ("E1013" if kind.startswith(LIMITS) else "E1012")
    # The message names what was expected; the value itself is never repeated.
    return answer(
        Problem(code, json_path(location), f"{fault['msg']}.", "Send it as /docs describes it.")
    )


async def _http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: an unknown route, a method, a body beyond the limit."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(not_found("There is nothing at this address.").problem)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer(Problem("E1103", "$", str(error.detail), SMALLER))
    problem = Problem("E1501", "$", f"{error.detail}.", "Look at /docs for what can be asked here.")
    told = answer(problem, error.status_code)
    told.headers.update(error.headers or {})
    _LOG.debug("refused by the framework", status=error.status_code, method=request.method)
    return told
