"""Which stack a command is meant for: the named, the usual, or the only other one."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmc import folder, stack
from lmc.folder import Folder, is_taken, prepare, take
from lmc.ports import Ports
from lmc.stack import Stack, find_stack
from runtime.errors import Missing

Announce = Callable[[str, int], Stack]


@pytest.fixture
def announce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Announce]:
    """Lets a stack look as if it ran, on a folder of this test; the usual one is `usual`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (folder, stack):
        monkeypatch.setattr(module, "default_folder", lambda: tmp_path / "usual")
    with ExitStack() as held:

        def make(name: str, offset: int) -> Stack:
            made = Stack(Folder(tmp_path / name), Ports(offset))
            prepare(made.folder)
            held.enter_context(take(made.folder))
            made.announce()
            return made

        yield make


def test_without_a_name_the_usual_stack_is_meant(announce: Announce) -> None:
    announce("demo", 100)
    usual = announce("usual", 0)

    assert find_stack(None, None) == usual


def test_if_the_usual_one_does_not_run_the_only_other_one_is_meant(announce: Announce) -> None:
    demo = announce("demo", 100)

    assert find_stack(None, None) == demo


def test_among_several_others_one_must_be_named(announce: Announce) -> None:
    announce("demo", 100)
    other = announce("other", 200)

    with pytest.raises(Missing, match="--data"):
        find_stack(None, None)
    assert find_stack(None, 200) == other
    assert find_stack(str(other.folder.root), None) == other


def test_a_stack_that_is_gone_is_not_found_though_its_description_is_left(
    announce: Announce, tmp_path: Path
) -> None:
    announce("demo", 100)
    prepare(Folder(tmp_path / "killed"))
    Stack(Folder(tmp_path / "killed"), Ports(300)).announce()

    assert find_stack(None, None).ports.offset == 100
    with pytest.raises(Missing, match="no stack runs"):
        find_stack(str(tmp_path / "killed"), None)


def test_a_stack_that_still_starts_is_not_found(announce: Announce) -> None:
    starting = announce("starting", 100)
    starting.withdraw()

    with pytest.raises(Missing, match="still starting"):
        find_stack(None, None)
    assert is_taken(starting.folder)


def test_a_directory_is_taken_once(announce: Announce) -> None:
    demo = announce("demo", 100)

    with pytest.raises(Missing, match=f"pid {os.getpid()}"):
        take(demo.folder)


def test_an_older_directory_is_closed_again(tmp_path: Path) -> None:
    old = Folder(tmp_path / "old")
    old.secrets.mkdir(parents=True, mode=0o777)
    old.root.chmod(0o777)

    prepare(old)

    assert stat.S_IMODE(old.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE(old.root.stat().st_mode) in (0o700, 0o711)
