"""A small service in its own process; its one argument names a failure."""

import asyncio
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic_settings import SettingsConfigDict

from runtime import service
from runtime.context import Context
from runtime.messaging import outbox
from runtime.process.errors import LogMismatch, RestartRequired
from runtime.process.settings import ServiceSettings
from runtime.service import Service, Task, run
from runtime.web.dependencies import get_context
from tests.integration.outbox_kit import moved


class Settings(ServiceSettings):
    """Settings with the role and topics of training."""

    model_config = SettingsConfigDict(env_prefix="LMC_TRAINING_")

    postgres_role: str = "lmc_training"


router = APIRouter()


@router.post("/moves/{n}", status_code=HTTPStatus.ACCEPTED)
async def enqueue_move(n: int, context: Annotated[Context, Depends(get_context)]) -> str:
    """Enqueue one event in a transaction."""
    async with context.pool.acquire() as connection, connection.transaction():
        [recorded] = await outbox.enqueue(connection, [moved(n, person=n % 7)])
    return recorded.id


async def work(_: Context) -> None:
    """Work until cancelled."""
    await asyncio.Event().wait()


async def fail_by_error(_: Context) -> None:
    """Raise an unexpected error."""
    await asyncio.sleep(0)
    raise KeyError("0101990710008")


async def find_a_gap(_: Context) -> None:
    """Raise an error that a restart cures."""
    raise RestartRequired("partition 3: offset 7 follows 5")


async def find_another_log(_: Context) -> None:
    """Raise an error that a restart does not cure."""
    raise LogMismatch("training-events was created again")


TASKS: Mapping[str, Task] = {
    "none": work,
    "error": fail_by_error,
    "gap": find_a_gap,
    "log": find_another_log,
}

if __name__ == "__main__":
    service.DATABASE_SECONDS_MAX = 15
    run(
        Service(
            name="training",
            settings=Settings,
            migrations=Path(__file__).parent / "service_migrations",
            routes=router,
            tasks=(TASKS[sys.argv[1]],),
        )
    )
