"""Send events to intake with the operator's key, and wait until they are published or counted."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx
import pydantic

from lmc.client.service_client import (
    RETRY_FOR_S,
    RETRY_INTERVAL_S,
    TIMEOUT_S,
    TRANSIENT_STATUSES,
    RequestRefused,
    ServiceClient,
    ServiceProblem,
    exit_code,
    read_token,
)
from lmc.devstack.stack import Stack
from runtime.process.errors import DependencyMissing

if TYPE_CHECKING:
    from lmc_events import Result

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class _OperatorKey:
    """Credentials of the stack's operator, who may send events of any source."""

    key_file: Path

    def token(self) -> str:
        """Return the key, which is its own bearer token."""
        return read_token(self.key_file)


class IngestClient:
    """The SDK's client of intake with the operator's key; a context manager.

    While intake is unavailable a request is repeated for a minute.
    """

    def __init__(self, stack: Stack) -> None:
        from lmc_events import Client  # noqa: PLC0415 - takes half a second, and only sending needs it

        self._url = stack.url("intake")
        self._log = stack.data_dir.log_file("intake")
        self._http = httpx.Client(timeout=TIMEOUT_S, trust_env=False)
        self._client = Client(self._url, _OperatorKey(stack.operator_key_file), self._http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def send(self, events: Sequence[bytes]) -> "Sequence[Result]":
        """Send events; return one result each, in order.

        Raises RequestRefused if intake refuses the sender, DependencyMissing if it does not answer.
        """
        from lmc_events import IntakeUnavailable  # noqa: PLC0415 - see above

        deadline = time.monotonic() + RETRY_FOR_S
        while True:
            try:
                return self._client.send(events)
            except IntakeUnavailable as error:
                is_transient = error.status is None or error.status in TRANSIENT_STATUSES
                if not is_transient or time.monotonic() > deadline:
                    raise self._failure(error, error.status) from error
            time.sleep(RETRY_INTERVAL_S)

    def _failure(self, error: Exception, status: int | None) -> RequestRefused | DependencyMissing:
        if status is None:
            return DependencyMissing(
                f"intake at {self._url} does not answer. Its log is {self._log}."
            )
        return RequestRefused(ServiceProblem(status=status, detail=str(error)), exit_code(status))


def wait_until_published(stack: Stack) -> None:
    """Return when Kafka has every event that intake had accepted."""
    with ServiceClient(stack, "intake", stack.operator_key_file) as intake:
        while _Backlog.model_validate_json(intake.get("/outbox")).unsent > 0:
            time.sleep(_POLL_S)


def wait_until_projected(stack: Stack) -> None:
    """Return when reporting's tables count every event that Kafka has now."""
    published_at = datetime.now(UTC)
    with ServiceClient(stack, "reporting") as reporting:
        while True:
            through = _Freshness.model_validate_json(reporting.get("/freshness")).projected_through
            if through is not None and through >= published_at:
                return
            time.sleep(_POLL_S)


class _Backlog(pydantic.BaseModel):
    unsent: int


class _Freshness(pydantic.BaseModel):
    projected_through: datetime | None
