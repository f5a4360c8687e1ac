"""The command `lmc`: its subcommands, and how it reports an error."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import cast

import click

from lmc.cli.options import StackOptions, stack_options
from runtime.process.errors import (
    DependencyMissing,
    InternalError,
    ProcessExit,
    Unavailable,
    UsageError,
)

_INTERRUPTED = 130
_TRACEBACK = "LMC_TRACEBACK"
"""This environment variable makes an internal error show its traceback."""


MODULES = {
    "up": "up",
    "demo": "demo",
    "emit": "emit",
    "value": "value",
    "explain": "explain",
    "duplicates": "duplicates",
    "verify": "verify",
    "erase": "erase",
    "close": "close",
    "reopen": "close",
    "releases": "releases",
    "rebuild": "rebuild",
    "definitions": "definitions",
    "simulate": "simulate",
}
"""The module of each subcommand, in the order of `lmc --help`."""


class _LazyGroup(click.Group):
    """A group that imports a subcommand when it is named: all of them take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        del ctx
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand; None if there is none of this name."""
        del ctx
        if cmd_name not in MODULES:
            return None
        module = importlib.import_module(f"lmc.cli.{MODULES[cmd_name]}")
        return cast("click.Command", getattr(module, cmd_name))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@stack_options
def lmc(_chosen: StackOptions) -> None:
    """Live indicator tables for Local Migration Councils, folded from events on Kafka."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; report an error as one line on stderr."""
    try:
        return int(lmc.main(list(arguments), prog_name="lmc", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return UsageError.code
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except Exception as error:
        sentence, code = describe_error(error)
        if code == InternalError.code and _TRACEBACK in os.environ:
            raise
        sys.stderr.write(f"lmc: {' '.join(sentence.split())}\n")
        return code


def describe_error(error: Exception) -> tuple[str, int]:
    """Return a sentence for the person who meets the error, and the exit code."""
    match error:
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "lmc"
            return f"{error.format_message()} See `{command} --help`.", UsageError.code
        case ProcessExit():
            return str(error), error.code
        case Unavailable():
            return f"{error}. Try again in a moment.", DependencyMissing.code
        case ModuleNotFoundError():
            sentence = f"the package {error.name} is not installed. Run `make setup`."
            return sentence, DependencyMissing.code
        case OSError():
            return f"{error.strerror or error}: {error.filename or ''}", DependencyMissing.code
        case _:
            kind = type(error).__name__
            sentence = f"this is a bug in lmc: {kind}: {error}. {_TRACEBACK}=1 shows the traceback."
            return sentence, InternalError.code
