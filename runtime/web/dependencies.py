"""FastAPI dependencies: the context of the service, and endpoints that wait for the replay."""

from typing import Annotated

from fastapi import Depends, Request

from runtime.context import Context
from runtime.process.health import STARTUP_REPLAY
from schemas.validation.problems import refusal


def get_context(request: Request) -> Context:
    """Return the context of the service that answers this request."""
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(get_context)]
"""The context, as the parameter of an endpoint."""


async def require_startup_replay(request: Request) -> None:
    """Refuse, with status 503, until the start-up replay is complete."""
    if reason := get_context(request).health.reason(STARTUP_REPLAY):
        raise refusal("E1507", "$", f"Not ready yet: {reason}.", "Try again in a moment.")


AFTER_STARTUP_REPLAY = Depends(require_startup_replay)
"""For endpoints that could show what the log forbids: 503 until the start-up replay is complete."""
