"""Logs: one JSON object a line on stderr, never the content of an event."""

import logging
import sys
import traceback
from types import TracebackType

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from runtime.process.errors import ProcessExit, Unavailable

_FRAMES_MAX = 40
"""Innermost frames of a traceback in one line: a recursion must not fill the disk."""

_Exc = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def set_up(service: str, level: str) -> None:
    """Write what structlog and the standard library log to stderr, as JSON lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_exception,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for package in ("runtime", "services"):
        logging.getLogger(package).setLevel(level.upper())
    structlog.contextvars.bind_contextvars(service=service)


def _formatter(shared: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module; `name` is its dotted name."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def brief(error: BaseException) -> dict[str, object]:
    """Return what a log may contain of an exception: its type, and the message only of our own.

    Messages of libraries (a database's detail, a validator's input) may quote an event.
    """
    found: dict[str, object] = {"error": type(error).__qualname__}
    if isinstance(error, (ProcessExit, Unavailable)):
        found["reason"] = str(error)
    elif isinstance(error, OSError):
        found["reason"] = error.strerror
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        found["sqlstate"] = sqlstate
    return found


def describe(error: BaseException) -> dict[str, object]:
    """Return the same with traceback and causes: for unexpected exceptions."""
    found = brief(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
    found["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        found["cause"] = describe(cause)
    return found


def _name_exception(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    given: object = line.pop("exc_info", None)
    error: object = given
    if isinstance(given, tuple):
        error = given[1]
    elif given is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["exception"] = describe(error)
    return line
