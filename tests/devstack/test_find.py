"""Tests of which stack a command uses: the named, the default, or the only other one."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmc.devstack import data_dir, stack
from lmc.devstack.data_dir import FORMAT_VERSION, DataDir, acquire_lock, is_locked, prepare
from lmc.devstack.ports import Ports
from lmc.devstack.stack import Stack, find_stack
from runtime.process.errors import DependencyMissing, UsageError

Start = Callable[[str, int], Stack]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Register a stack as if it ran, on a directory of this test; `default` is the default one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (data_dir, stack):
        monkeypatch.setattr(module, "default_data_dir", lambda: tmp_path / "default")
    with ExitStack() as held:

        def make(name: str, offset: int) -> Stack:
            made = Stack(DataDir(tmp_path / name), Ports(offset))
            prepare(made.data_dir)
            held.enter_context(acquire_lock(made.data_dir))
            made.register()
            return made

        yield make


def test_without_a_name_the_default_stack_is_used(start: Start) -> None:
    start("demo", 100)
    default = start("default", 0)

    assert find_stack(None, None) == default


def test_if_the_default_stack_does_not_run_the_only_other_one_is_used(start: Start) -> None:
    demo = start("demo", 100)

    assert find_stack(None, None) == demo


def test_among_several_others_one_must_be_named(start: Start) -> None:
    start("demo", 100)
    other = start("other", 200)

    with pytest.raises(DependencyMissing, match="--data"):
        find_stack(None, None)
    assert find_stack(None, 200) == other
    assert find_stack(str(other.data_dir.root), None) == other


def test_a_stack_that_was_killed_is_not_found_although_its_description_remains(
    start: Start, tmp_path: Path
) -> None:
    start("demo", 100)
    prepare(DataDir(tmp_path / "killed"))
    Stack(DataDir(tmp_path / "killed"), Ports(300)).register()

    assert find_stack(None, None).ports.offset == 100
    with pytest.raises(DependencyMissing, match="no stack runs"):
        find_stack(str(tmp_path / "killed"), None)


def test_a_starting_stack_is_not_found(start: Start) -> None:
    starting = start("starting", 100)
    starting.unregister()

    with pytest.raises(DependencyMissing, match="still starting"):
        find_stack(None, None)
    assert is_locked(starting.data_dir)


def test_a_directory_is_locked_once(start: Start) -> None:
    demo = start("demo", 100)

    with pytest.raises(DependencyMissing, match=f"pid {os.getpid()}"):
        acquire_lock(demo.data_dir)


def test_the_modes_of_an_existing_directory_are_restored(tmp_path: Path) -> None:
    existing = DataDir(tmp_path / "existing")
    prepare(existing)
    existing.secrets.chmod(0o777)
    existing.root.chmod(0o777)

    prepare(existing)

    assert stat.S_IMODE(existing.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE(existing.root.stat().st_mode) in (0o700, 0o711)


def test_a_new_directory_gets_the_format_version(tmp_path: Path) -> None:
    made = DataDir(tmp_path / "made")
    prepare(made)

    assert made.format_version.read_text() == f"{FORMAT_VERSION}\n"


def test_a_directory_whose_creation_was_interrupted_is_completed(tmp_path: Path) -> None:
    interrupted = DataDir(tmp_path / "interrupted")
    interrupted.root.mkdir()
    (interrupted.root / "format-version.new").touch()

    prepare(interrupted)

    assert interrupted.format_version.read_text() == f"{FORMAT_VERSION}\n"


@pytest.mark.parametrize("content", ["kafka", "photos"])
def test_a_directory_with_files_but_no_format_version_is_not_changed(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / content).mkdir()

    with pytest.raises(UsageError, match="older version of lmc, or holds other files"):
        prepare(DataDir(tmp_path))

    assert [file.name for file in tmp_path.iterdir()] == [content]
