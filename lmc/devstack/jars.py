"""Kafka's class path: the jars pinned in `jgo.lock.toml`, downloaded once, checked every time.

After a change of `jgo.toml` write the lock file again with `python -m lmc.devstack.jars`. An
argument names the folder of another `jgo.toml`.
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

from runtime.process.errors import DependencyMissing

LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
_DOWNLOADS_AT_ONCE = 6
"""Hides the latency of 46 small files without burdening the repository."""


@dataclass(frozen=True, slots=True)
class Jar:
    """A pinned jar of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """The path within a Maven repository."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_intact(self, cache: Path) -> bool:
        """Return whether the cache holds the jar with the pinned digest."""
        try:
            return hashlib.sha256((cache / self.path).read_bytes()).hexdigest() == self.sha256
        except OSError:
            return False


def class_path(lock: Path = LOCK_FILE) -> str:
    """Return Java's class path of the pinned jars; download missing and damaged ones first.

    Raises DependencyMissing if a jar cannot be downloaded or stored.
    """
    cache = _jars_folder()
    jars = pinned_jars(lock)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _exclusive(cache):
            _install_all([jar for jar in jars if not jar.is_intact(cache)], cache)
    except OSError as error:
        raise DependencyMissing(f"the jars cannot be stored in {cache}: {error}.") from error
    return ":".join(str(cache / jar.path) for jar in jars)


def are_cached() -> bool:
    """Return whether every pinned jar is in the cache, intact or not."""
    return all((_jars_folder() / jar.path).exists() for jar in pinned_jars())


def cache_folder() -> Path:
    """Return this user's cache folder; everything in it can be downloaded again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "lmc-live"


def pinned_jars(lock: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """Return the jars that a lock file pins."""
    entries = tomllib.loads(lock.read_text())["dependencies"]
    return tuple(
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in entries
    )


def _jars_folder() -> Path:
    return cache_folder() / "jars"


@contextmanager
def _exclusive(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_all(jars: Sequence[Jar], cache: Path) -> None:
    if not jars:
        return
    with (
        tempfile.TemporaryDirectory(dir=cache) as downloads,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as executor,
    ):
        list(executor.map(lambda jar: _install(jar, Path(downloads), cache), jars))


def _install(jar: Jar, downloads: Path, cache: Path) -> None:
    try:
        _download(jar, downloads)
    except (RuntimeError, OSError) as error:  # requests' exceptions are OSErrors
        raise DependencyMissing(
            f"{jar.path.name} could not be downloaded from its Maven repository:"
            f" {error}. Try again when the network works."
        ) from error
    if not jar.is_intact(downloads):
        raise DependencyMissing(
            f"the downloaded {jar.path.name} does not have the digest in the lock file."
            " Try again; if it stays so, do not trust that repository."
        )
    (cache / jar.path).parent.mkdir(parents=True, exist_ok=True)
    (downloads / jar.path).replace(cache / jar.path)


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
    _write_lock(Path(sys.argv[1], LOCK_FILE.name) if sys.argv[1:] else LOCK_FILE)
