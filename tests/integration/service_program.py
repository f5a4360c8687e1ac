"""A small service as a process of its own; its one argument is the trouble it will meet."""

import asyncio
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic_settings import SettingsConfigDict

from runtime import outbox, service
from runtime.errors import AnotherLog, BeginAgain
from runtime.http import context
from runtime.service import Context, Service, Task, run
from runtime.settings import ServiceSettings
from tests.integration.outbox_kit import moved


class Settings(ServiceSettings):
    """The settings of training, whose role and topics the program borrows."""

    model_config = SettingsConfigDict(env_prefix="LMC_TRAINING_")

    postgres_role: str = "lmc_training"


router = APIRouter()


@router.post("/moves/{n}", status_code=HTTPStatus.ACCEPTED)
async def say_move(n: int, plumbing: Annotated[Context, Depends(context)]) -> str:
    """Say one event in a transaction."""
    async with plumbing.pool.acquire() as connection, connection.transaction():
        [said] = await outbox.say(connection, [moved(n, person=n % 7)])
    return said.id


async def work(_: Context) -> None:
    """Work until cancelled."""
    await asyncio.Event().wait()


async def fail_by_bug(_: Context) -> None:
    """Do what nobody expected."""
    await asyncio.sleep(0)
    raise KeyError("0101990710008")


async def find_a_gap(_: Context) -> None:
    """Meet what a fresh start cures."""
    raise BeginAgain("partition 3: offset 7 follows 5")


async def find_another_log(_: Context) -> None:
    """Meet what a fresh start does not cure."""
    raise AnotherLog("training-events was made anew")


TASKS: Mapping[str, Task] = {
    "none": work,
    "bug": fail_by_bug,
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
