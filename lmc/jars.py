"""Kafka's class path: the jars that `jgo.lock.toml` pins, fetched once, checked at every start.

After a change of `jgo.toml`, write the lock again with `python -m lmc.jars`; with a folder as
argument the lock beside another `jgo.toml`.
"""

import fcntl
import hashlib
import logging
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import Missing

LOCK = Path(__file__).with_name("jgo.lock.toml")
FETCHES_AT_ONCE = 6
"""Enough to hide the latency of 46 small files, few enough not to be a burden."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it, relative to its root."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_whole(self, cache: Path) -> bool:
        """Whether the cache has it, byte for byte."""
        try:
            return hashlib.sha256((cache / self.path).read_bytes()).hexdigest() == self.sha256
        except OSError:
            return False


def class_path(lock: Path = LOCK) -> str:
    """Java's class path of the pinned jars; what the cache lacks or has broken is fetched."""
    cache = _jars_folder()
    jars = locked(lock)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(cache):
            _fetch([jar for jar in jars if not jar.is_whole(cache)], cache)
    except OSError as problem:
        raise Missing(f"The jars cannot be kept in {cache}: {problem}.") from problem
    return ":".join(str(cache / jar.path) for jar in jars)


def are_cached() -> bool:
    """Whether `class_path` will be quick: all files are there, broken or not."""
    return all((_jars_folder() / jar.path).exists() for jar in locked())


def cache_folder() -> Path:
    """The folder of this user for what is downloaded once; nothing in it is precious."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "lmc-live"


def locked(lock: Path = LOCK) -> tuple[Jar, ...]:
    """The jars a lock file names."""
    entries = tomllib.loads(lock.read_text())["dependencies"]
    return tuple(
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in entries
    )


def _jars_folder() -> Path:
    return cache_folder() / "jars"


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(jars: Sequence[Jar], cache: Path) -> None:
    if not jars:
        return
    with tempfile.TemporaryDirectory(dir=cache) as fresh, ThreadPoolExecutor(FETCHES_AT_ONCE) as by:
        list(by.map(lambda jar: _fetch_one(jar, Path(fresh), cache), jars))


def _fetch_one(jar: Jar, fresh: Path, cache: Path) -> None:
    try:
        _download(jar, fresh)
    except (RuntimeError, OSError) as problem:  # requests' exceptions are OSErrors
        raise Missing(
            f"{jar.path.name} could not be fetched from its Maven repository:"
            f" {problem}. Try again when the network is there."
        ) from problem
    if not jar.is_whole(fresh):
        raise Missing(
            f"{jar.path.name} came with other bytes than the lock file names."
            " Try again; if it stays so, do not trust that repository."
        )
    (cache / jar.path).parent.mkdir(parents=True, exist_ok=True)
    (fresh / jar.path).replace(cache / jar.path)


def _download(jar: Jar, folder: Path) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415 - slow, and needed only the first time

    logging.getLogger("jgo").setLevel(logging.ERROR)
    project = MavenContext(repo_cache=folder).project(jar.group, jar.artifact)
    project.at_version(jar.version).artifact().resolve()


def _write_lock(lock: Path) -> None:
    from jgo.env import EnvironmentBuilder, EnvironmentSpec  # noqa: PLC0415 - only here
    from jgo.maven import MavenContext  # noqa: PLC0415

    spec = EnvironmentSpec.load(lock.with_name("jgo.toml"))
    EnvironmentBuilder(MavenContext()).resolve_lockfile(spec).save(lock)


if __name__ == "__main__":
    _write_lock(Path(sys.argv[1], LOCK.name) if sys.argv[1:] else LOCK)
