"""Problem documents (RFC 9457) over HTTP, for our refusals and for the framework's."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from runtime.process import log
from runtime.process.errors import Unavailable
from runtime.process.failures import DATABASE_UNAVAILABLE, SERIALIZATION_FAILURES
from runtime.refusals import not_found
from schemas.validation.characters import forbidden_character
from schemas.validation.problems import Problem, Refusal

STATUS = {
    "E1103": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "E1301": HTTPStatus.CONFLICT,
    "E1302": HTTPStatus.CONFLICT,
    "E1303": HTTPStatus.CONFLICT,
    "E1304": HTTPStatus.CONFLICT,
    "E1401": HTTPStatus.UNAUTHORIZED,
    "E1402": HTTPStatus.FORBIDDEN,
    "E1403": HTTPStatus.FORBIDDEN,
    "E1502": HTTPStatus.NOT_FOUND,
    "E1504": HTTPStatus.NOT_FOUND,
    "E1506": HTTPStatus.FORBIDDEN,
    "E1507": HTTPStatus.SERVICE_UNAVAILABLE,
    "E1508": HTTPStatus.TOO_MANY_REQUESTS,
    "E1512": HTTPStatus.GONE,
    "E1513": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "E1514": HTTPStatus.BAD_REQUEST,
    "E1901": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of a code; of a code not listed it is 422."""
_PYDANTIC_CODES = {"missing": "E1011", "extra_forbidden": "E1010", "json_invalid": "E1101"}
"""The code of a pydantic error type; of others it is E1012, of those that name a limit E1013."""
_PYDANTIC_LIMITS = ("greater_than", "less_than", "too_long", "too_short")
_TYPE_BASE = "/errors/"
"""Relative to the service, which explains each of its codes there."""
SMALLER = "Send less in one request."
_RETRY_SECONDS = "5"
MEDIA = "application/problem+json"
_DEPENDENCY_ERRORS: tuple[type[Exception], ...] = (
    Unavailable,
    *DATABASE_UNAVAILABLE,
    *SERIALIZATION_FAILURES,
)
"""A dependency is unavailable now."""

_LOG = log.get(__name__)


class Titles(TypedDict):
    """A code's title in both languages."""

    sr: str
    en: str


class ProblemResponse(TypedDict):
    """One of several problems: the stable code, the JSON path, the reason, and what to do."""

    code: str
    path: str
    detail: str
    remedy: str


class ProblemDocument(TypedDict):
    """The members of RFC 9457, and ours: the stable code, the JSON path, and what to do.

    `problems` lists everything that is wrong with the request; the first is the one above.
    """

    type: str
    title: str
    titles: Titles
    status: int
    code: str
    path: str
    detail: str
    remedy: str
    problems: list[ProblemResponse]


RESPONSE: dict[str, object] = {
    "description": "A problem document (RFC 9457) with a stable code",
    "content": {MEDIA: {"schema": TypeAdapter(ProblemDocument).json_schema()}},
}
"""For the reference at /docs."""


def status_of(problem: Problem) -> HTTPStatus:
    """Return the HTTP status of a problem's code."""
    return STATUS.get(problem.code, HTTPStatus.UNPROCESSABLE_ENTITY)


class ForbiddenCharacterError(HTTPException):
    """A body holds a character that no text may contain; raised while it is read."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY)


def problem_list(problems: Sequence[Problem]) -> list[ProblemResponse]:
    """Return problems as a response lists them."""
    return [
        ProblemResponse(code=each.code, path=each.path, detail=each.detail, remedy=each.remedy)
        for each in problems
    ]


def problem_document(
    problem: Problem, *others: Problem, status: int | None = None
) -> ProblemDocument:
    """Return problems as the document of the first."""
    return ProblemDocument(
        type=_TYPE_BASE + problem.code,
        title=problem.title.en,
        titles=Titles(sr=problem.title.sr, en=problem.title.en),
        status=status or int(status_of(problem)),
        code=problem.code,
        path=problem.path,
        detail=problem.detail,
        remedy=problem.remedy,
        problems=problem_list([problem, *others]),
    )


def problem_response(problem: Problem, *others: Problem, status: int | None = None) -> JSONResponse:
    """Return problems as the response to the first."""
    document = problem_document(problem, *others, status=status)
    headers = {}
    if document["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if document["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_SECONDS
    return JSONResponse(dict(document), document["status"], headers=headers, media_type=MEDIA)


def _json_path(location: Sequence[int | str]) -> str:
    """Return FastAPI's location of an error as a path: `$.data.on`, or `$query.place`."""
    first, *rest = location or ("body",)
    root = "$" if first == "body" else f"${first}"
    return root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def problem_of(error: BaseException) -> Problem:
    """Return the problem of an error: a refusal's own, else one for the kind of error."""
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, _DEPENDENCY_ERRORS):
        _LOG.warning("request could not be served", failure=log.brief(error))
        detail = "A dependency of the service is unavailable."
        return Problem("E1507", "$", detail, "Try again in a moment.")
    _LOG.error("internal error in a request", failure=log.describe(error))
    detail = "The service failed with an internal error."
    return Problem("E1901", "$", detail, "Report it to its operators; nothing was stored.")


def install(app: FastAPI) -> None:
    """Answer every error of this app with a problem document."""
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    kinds: tuple[type[Exception], ...] = (Refusal, *_DEPENDENCY_ERRORS, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, _error)


async def _error(_request: Request, error: Exception) -> Response:
    if isinstance(error, Refusal):
        return problem_response(*error.problems)
    return problem_response(problem_of(error))


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    problems = [_request_problem(str(each["type"]), each) for each in error.errors()]
    return problem_response(*problems)


def _request_problem(kind: str, details: Mapping[str, Any]) -> Problem:
    location = tuple(details["loc"])
    if kind == "json_invalid":
        location = location[:1]
    code = _PYDANTIC_CODES.get(kind) or ("E1013" if kind.startswith(_PYDANTIC_LIMITS) else "E1012")
    # The message names what was expected; the value itself is never repeated.
    detail = f"{details['msg']}."
    return Problem(code, _json_path(location), detail, "Send it as /docs describes it.")


async def _http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: an unknown route or method, a body over the limit."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if isinstance(error, ForbiddenCharacterError):
        return problem_response(forbidden_character())
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(not_found("There is nothing at this address.").problem)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return problem_response(Problem("E1103", "$", str(error.detail), SMALLER))
    problem = Problem(
        "E1501", "$", f"{error.detail}.", "Look at /docs for what can be requested here."
    )
    response = problem_response(problem, status=error.status_code)
    response.headers.update(error.headers or {})
    _LOG.debug("refused by the framework", status=error.status_code, method=request.method)
    return response
