"""What a person sees of the command line."""

import click
import pytest

from lmc import cli
from lmc.options import Where, where_options
from lmc.parts import last_sentence
from lmc.ports import Ports
from runtime.errors import AnotherLog, UsageError

seen: list[Where] = []


@click.command()
@where_options
def probe(where: Where) -> None:
    seen.append(where)


@click.group()
@where_options
def outer(_where: Where) -> None:
    """Stands for `lmc`."""


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
def test_the_stack_is_named_before_or_after_the_subcommand(arguments: list[str]) -> None:
    seen.clear()

    outer.main(arguments, standalone_mode=False)

    assert seen == [Where("D", 7)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("a"), 2),
        (AnotherLog("a"), 76),
        (click.UsageError("a"), 2),
        (PermissionError(13, "Permission denied", "/x"), 69),
        (KeyError("a"), 70),
    ],
)
def test_trouble_is_a_sentence_and_an_exit_code(error: Exception, code: int) -> None:
    sentence, told = cli.told(error)

    assert sentence
    assert told == code


def test_every_subcommand_has_a_help_text() -> None:
    assert all(command.help for command in cli.COMMANDS)


@pytest.mark.parametrize("offset", [-1, 60_000])
def test_an_offset_that_leaves_no_ports_is_refused(offset: int) -> None:
    with pytest.raises(UsageError, match="--port-offset"):
        Ports(offset)


def test_a_stack_trace_is_not_the_last_word() -> None:
    lines = ["ERROR disk is full", "java.io.IOException: No space left", "\tat java.base"]

    assert last_sentence(lines) == "java.io.IOException: No space left"


def test_the_reason_in_a_services_log_is_its_last_word() -> None:
    line = '{"event": "ends", "code": 69, "trouble": {"error": "Missing", "reason": "no topic"}}'

    assert last_sentence([line]) == "no topic"
