"""The options that every subcommand accepts, before or after its name."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class StackOptions:
    """Which stack a command is meant for; None: the option was not given."""

    data: str | None = None
    port_offset: int | None = None


def stack_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--data` and `--port-offset`, and its function a first argument `chosen`."""

    @click.option("--data", metavar="DIR", help="Data directory of the stack.")
    @click.option("--port-offset", metavar="N", type=int, help="Add N to every port.")
    @click.pass_context
    @functools.wraps(function)
    def command(context: click.Context, /, **options: Any) -> None:
        data, offset = options.pop("data"), options.pop("port_offset")
        outer = context.find_object(StackOptions) or StackOptions()
        inner = StackOptions(
            data=outer.data if data is None else data,
            port_offset=outer.port_offset if offset is None else offset,
        )
        context.obj = inner
        function(inner, **options)

    return command
