"""The command `lmc`: its subcommands, and how it reports an error."""

import os
import sys
from collections.abc import Sequence

import click

from lmc.cli.close import close, reopen
from lmc.cli.definitions import definitions
from lmc.cli.demo import demo
from lmc.cli.duplicates import duplicates
from lmc.cli.emit import emit
from lmc.cli.erase import erase
from lmc.cli.explain import explain
from lmc.cli.options import StackOptions, stack_options
from lmc.cli.rebuild import rebuild
from lmc.cli.releases import releases
from lmc.cli.simulate import simulate
from lmc.cli.up import up
from lmc.cli.value import value
from lmc.cli.verify import verify
from runtime.process.errors import (
    DependencyMissing,
    InternalError,
    ProcessExit,
    Unavailable,
    UsageError,
)

INTERRUPTED = 130
TRACEBACK = "LMC_TRACEBACK"
"""This environment variable makes an internal error show its traceback."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@stack_options
def lmc(_chosen: StackOptions) -> None:
    """Live indicator tables for Local Migration Councils, folded from events on Kafka."""


COMMANDS = (
    up,
    demo,
    emit,
    value,
    explain,
    duplicates,
    verify,
    erase,
    close,
    reopen,
    releases,
    rebuild,
    definitions,
    simulate,
)

for command in COMMANDS:
    lmc.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; report an error as one line on stderr."""
    try:
        return int(lmc.main(list(arguments), prog_name="lmc", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return UsageError.code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:
        sentence, code = describe_error(error)
        if code == InternalError.code and TRACEBACK in os.environ:
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
            sentence = f"this is a bug in lmc: {kind}: {error}. {TRACEBACK}=1 shows the traceback."
            return sentence, InternalError.code
