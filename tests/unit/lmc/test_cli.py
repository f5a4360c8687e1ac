"""Tests of options, errors and messages of the command line."""

import click
import pytest

from lmc.cli import main
from lmc.cli.options import StackOptions, stack_options
from lmc.devstack.managed_process import last_message
from lmc.devstack.ports import Ports
from runtime.process.errors import LogMismatch, UsageError

seen: list[StackOptions] = []


@click.command()
@stack_options
def probe(chosen: StackOptions) -> None:
    seen.append(chosen)


@click.group()
@stack_options
def outer(_chosen: StackOptions) -> None:
    """The group, as `lmc` is one."""


outer.add_command(probe)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data", "D", "--port-offset", "7", "probe"],
        ["probe", "--data", "D", "--port-offset", "7"],
        ["--data", "D", "probe", "--port-offset", "7"],
        ["--data", "other", "--port-offset", "1", "probe", "--data", "D", "--port-offset", "7"],
    ],
)
def test_stack_options_are_accepted_before_and_after_the_subcommand(arguments: list[str]) -> None:
    seen.clear()

    outer.main(arguments, standalone_mode=False)

    assert seen == [StackOptions("D", 7)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a"), 2),
        (LogMismatch("a"), 76),
        (click.UsageError("a"), 2),
        (PermissionError(13, "Permission denied", "/x"), 69),
        (KeyError("a"), 70),
    ],
)
def test_an_error_becomes_a_sentence_and_an_exit_code(error: Exception, code: int) -> None:
    sentence, exit_code = main.describe_error(error)

    assert sentence
    assert exit_code == code


@pytest.mark.parametrize("name", main.MODULES)
def test_every_subcommand_has_a_help_text(name: str) -> None:
    command = main.lmc.get_command(click.Context(main.lmc), name)

    assert command is not None
    assert (command.name, bool(command.help)) == (name, True)


@pytest.mark.parametrize("offset", [-1, 60_000])
def test_an_offset_beyond_the_valid_ports_is_refused(offset: int) -> None:
    with pytest.raises(UsageError, match="--port-offset"):
        Ports(offset)


def test_a_stack_trace_is_not_the_last_message() -> None:
    lines = ["ERROR disk is full", "java.io.IOException: No space left", "\tat java.base"]

    assert last_message(lines) == "java.io.IOException: No space left"


def test_the_reason_in_a_services_log_line_is_the_last_message() -> None:
    failure = '{"error": "DependencyMissing", "reason": "no topic"}'
    line = f'{{"event": "ends", "code": 69, "failure": {failure}}}'

    assert last_message([line]) == "no topic"
