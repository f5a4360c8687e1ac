"""Tests of the cache of Kafka's jars: downloaded once, checked every time, safe for two starts."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import jgo.maven._core as maven
import pytest

from lmc.devstack import jars
from runtime.process.errors import DependencyMissing

ROOT = Path(__file__).parents[2]
JAR_COUNT = len(jars.pinned_jars())
FILL = """
import sys
import jgo.maven._core as maven
maven.DEFAULT_REMOTE_REPOS["central"] = sys.argv[1]
from lmc.devstack import jars
jars.class_path()
"""


class Repository(http.server.ThreadingHTTPServer):
    """A local Maven repository with the jars of the real cache; it notes the requested jars."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Handler, directory=str(folder))
        super().__init__(("127.0.0.1", 0), handler)
        self.requested: list[str] = []
        self.cache = Path()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Serve a file, and note the requested jar."""
        assert isinstance(self.server, Repository)
        if self.path.endswith(".jar"):
            self.server.requested.append(Path(self.path).name)
        super().do_GET()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """Serve the real cache; the user's cache is an empty folder of this test."""
    jars.class_path()
    served = Repository(jars.cache_folder() / "jars")
    threading.Thread(target=served.serve_forever, daemon=True).start()
    monkeypatch.setitem(maven.DEFAULT_REMOTE_REPOS, "central", served.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    served.cache = tmp_path / "lmc-live" / "jars"
    yield served
    served.shutdown()
    served.server_close()


def test_an_empty_cache_is_filled_once(repository: Repository) -> None:
    first = jars.class_path()
    second = jars.class_path()

    assert first == second
    assert len(repository.requested) == JAR_COUNT
    assert all(Path(jar).is_relative_to(repository.cache) for jar in first.split(":"))


def test_a_damaged_jar_is_downloaded_again(repository: Repository) -> None:
    damaged, missing, *_ = (Path(jar) for jar in jars.class_path().split(":"))
    content = damaged.read_bytes()
    damaged.write_bytes(content[:100])
    missing.unlink()
    repository.requested.clear()

    jars.class_path()

    assert sorted(repository.requested) == sorted([damaged.name, missing.name])
    assert damaged.read_bytes() == content


def test_two_starts_at_the_same_time_download_each_jar_once(repository: Repository) -> None:
    command = [sys.executable, "-c", FILL, repository.url]
    starts = [subprocess.Popen(command, cwd=ROOT, env=os.environ) for _ in range(2)]

    assert [start.wait(60) for start in starts] == [0, 0]
    assert sorted(repository.requested) == sorted(jar.path.name for jar in jars.pinned_jars())


def test_a_jar_with_another_digest_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = jars.pinned_jars()
    forged = jars.Jar(first.group, first.artifact, first.version, "0" * 64)
    monkeypatch.setattr(jars, "pinned_jars", lambda _lock: (forged, *others))

    with pytest.raises(DependencyMissing, match="does not have the digest"):
        jars.class_path()

    assert not (repository.cache / forged.path).exists()
    assert repository.requested


def test_an_unreachable_repository_is_reported_in_a_sentence(repository: Repository) -> None:
    repository.shutdown()
    repository.server_close()

    with pytest.raises(DependencyMissing, match="could not be downloaded"):
        jars.class_path()

    assert not any(repository.cache.rglob("*.jar"))
