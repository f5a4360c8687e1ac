"""Kafka's jars in their cache: fetched once, checked always, whoever starts at the same time."""

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

from lmc import jars
from runtime.errors import Missing

ROOT = Path(__file__).parents[2]
JAR_COUNT = len(jars.locked())
FILL = """
import sys
import jgo.maven._core as maven
maven.DEFAULT_REMOTE_REPOS["central"] = sys.argv[1]
from lmc import jars
jars.class_path()
"""


class Repository(http.server.ThreadingHTTPServer):
    """A Maven repository on this machine: the jars of the real cache, and who asked for which."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Answers, directory=str(folder))
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[str] = []
        self.cache = Path()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answers(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer, and note which jar was asked for."""
        assert isinstance(self.server, Repository)
        if self.path.endswith(".jar"):
            self.server.asked.append(Path(self.path).name)
        super().do_GET()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """Serves the real cache to an empty one of this test, which becomes the user's."""
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
    assert len(repository.asked) == JAR_COUNT
    assert all(Path(jar).is_relative_to(repository.cache) for jar in first.split(":"))


def test_a_broken_jar_is_noticed_and_fetched_again(repository: Repository) -> None:
    broken, missing, *_ = (Path(jar) for jar in jars.class_path().split(":"))
    whole = broken.read_bytes()
    broken.write_bytes(whole[:100])
    missing.unlink()
    repository.asked.clear()

    jars.class_path()

    assert sorted(repository.asked) == sorted([broken.name, missing.name])
    assert broken.read_bytes() == whole


def test_two_starts_at_the_same_time_fetch_each_jar_once(repository: Repository) -> None:
    command = [sys.executable, "-c", FILL, repository.url]
    starts = [subprocess.Popen(command, cwd=ROOT, env=os.environ) for _ in range(2)]

    assert [start.wait(60) for start in starts] == [0, 0]
    assert sorted(repository.asked) == sorted(jar.path.name for jar in jars.locked())


def test_other_bytes_than_the_lock_names_are_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = jars.locked()
    forged = jars.Jar(first.group, first.artifact, first.version, "0" * 64)
    monkeypatch.setattr(jars, "locked", lambda _lock: (forged, *others))

    with pytest.raises(Missing, match="other bytes"):
        jars.class_path()

    assert not (repository.cache / forged.path).exists()
    assert repository.asked


def test_a_repository_that_does_not_answer_is_told_in_a_sentence(repository: Repository) -> None:
    repository.shutdown()
    repository.server_close()

    with pytest.raises(Missing, match="could not be fetched"):
        jars.class_path()

    assert not any(repository.cache.rglob("*.jar"))
