"""The command `lmc`: its subcommands, and what a person sees when one cannot do its work."""

import os
import sys
from collections.abc import Sequence

import click

from lmc.closing import close, releases, reopen
from lmc.definitions import definitions
from lmc.demo import demo
from lmc.duplicates import duplicates
from lmc.emit import emit
from lmc.erase import erase
from lmc.explain import explain
from lmc.options import Where, where_options
from lmc.rebuild import rebuild
from lmc.simulate import simulate
from lmc.up import up
from lmc.value import value
from lmc.verify import verify
from runtime.errors import Bug, Exit, Missing, Unavailable, UsageError

INTERRUPTED = 130
TRACEBACK = "LMC_TRACEBACK"
"""Set in the environment, it shows our own bugs with their traceback."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@where_options
def lmc(_where: Where) -> None:
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
    """Run a command line; the exit code. Trouble is one line on stderr, never a traceback."""
    try:
        return int(lmc.main(list(arguments), prog_name="lmc", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return UsageError.code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:
        sentence, code = told(error)
        if code == Bug.code and TRACEBACK in os.environ:
            raise
        sys.stderr.write(f"lmc: {' '.join(sentence.split())}\n")
        return code


def told(error: Exception) -> tuple[str, int]:
    """What went wrong in a sentence for the person who meets it, and the exit code."""
    match error:
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "lmc"
            return f"{error.format_message()} See `{command} --help`.", UsageError.code
        case Exit():
            return str(error), error.code
        case Unavailable():
            return f"{error}. Try again in a moment.", Missing.code
        case ModuleNotFoundError():
            return f"the package {error.name} is not installed. Run `make setup`.", Missing.code
        case OSError():
            return f"{error.strerror or error}: {error.filename or ''}", Missing.code
        case _:
            kind = type(error).__name__
            bug = f"this is a bug of lmc: {kind}: {error}. {TRACEBACK}=1 shows where."
            return bug, Bug.code
