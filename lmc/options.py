"""The options that every subcommand takes, before or after its name."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Where:
    """Which stack is meant; None: not said."""

    data: str | None = None
    port_offset: int | None = None


def where_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--data` and `--port-offset`, and its function a first argument `where`."""

    @click.option("--data", metavar="DIR", help="Data directory of the stack.")
    @click.option("--port-offset", metavar="N", type=int, help="Move all ports by N.")
    @click.pass_context
    @functools.wraps(function)
    def command(context: click.Context, /, **options: Any) -> None:
        data, offset = options.pop("data"), options.pop("port_offset")
        outer = context.find_object(Where) or Where()
        inner = Where(
            data=outer.data if data is None else data,
            port_offset=outer.port_offset if offset is None else offset,
        )
        context.obj = inner
        function(inner, **options)

    return command
