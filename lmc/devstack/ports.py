"""The ports of a stack: their numbers, whether they are free, which process uses one."""

import errno
import itertools
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import psutil

from runtime.process.errors import DependencyMissing, UsageError

HOST = "127.0.0.1"
_PORT_MAX = 65535
_CONNECT_S = 0.2
_PORT_MIN, _EPHEMERAL_PORT = 22_000, 32_000
_PORTS_OF_A_BLOCK = 500

INTAKE, REGISTRATION, TRAINING, MATCHING, REPORTING = 8100, 8101, 8102, 8103, 8104
_KAFKA, _CONTROLLER, _POSTGRES = 9092, 9093, 5433


@dataclass(frozen=True, slots=True)
class Ports:
    """The block of ports of one stack; `offset` is added to each."""

    offset: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.offset <= _PORT_MAX - _CONTROLLER:
            raise UsageError(
                f"--port-offset {self.offset} leaves no valid port."
                f" Choose a number from 0 to {_PORT_MAX - _CONTROLLER}."
            )

    @property
    def kafka(self) -> int:
        """Kafka's port for clients."""
        return _KAFKA + self.offset

    @property
    def controller(self) -> int:
        """Kafka's port for its controller."""
        return _CONTROLLER + self.offset

    @property
    def postgres(self) -> int:
        """PostgreSQL's port."""
        return _POSTGRES + self.offset

    def service(self, port: int) -> int:
        """Return the port of a service with this default port."""
        return port + self.offset


def is_listening(port: int) -> bool:
    """Return whether a process accepts connections on this port."""
    try:
        socket.create_connection((HOST, port), _CONNECT_S).close()
    except OSError:
        return False
    return True


def require_free(port: int) -> None:
    """Raise DependencyMissing, naming the process that uses it, unless the port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise DependencyMissing(f"port {port} cannot be used: {error.strerror}.") from error
            raise DependencyMissing(
                f"port {port} is in use by {_owner_of(port)}."
                " Choose another block with --port-offset 100."
            ) from error


def free_ports(count: int) -> list[int]:
    """Return so many ports that are free now, for tests; no other process gets them here.

    They lie below the ephemeral ports, so that no outgoing connection can take one meanwhile.
    """
    block = itertools.islice(_block(), _PORTS_OF_A_BLOCK)
    free = list(itertools.islice((port for port in block if _is_free(port)), count))
    if len(free) < count:
        raise DependencyMissing(f"fewer than {count} ports are free.")
    return free


def claim(port: int) -> bool:
    """Hold a port until this process ends; return False if another process holds it."""
    holder = socket.socket()
    try:
        holder.bind((HOST, port))
    except OSError:
        holder.close()
        return False
    holder.detach()  # the descriptor stays open until the process ends
    return True


@cache
def _block() -> Iterator[int]:
    """Cycle through the ports of one block, reserved by holding its first port."""
    blocks = range(_PORT_MIN, _EPHEMERAL_PORT, _PORTS_OF_A_BLOCK)
    for first in random.sample(blocks, len(blocks)):
        if claim(first):
            return itertools.cycle(range(first + 1, first + _PORTS_OF_A_BLOCK))
    raise DependencyMissing("every block of ports for tests is in use.")


def _is_free(port: int) -> bool:
    try:
        require_free(port)
    except DependencyMissing:
        return False
    return True


def _owner_of(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        is_on_port = connection.laddr and connection.laddr.port == port
        if is_on_port and connection.status == psutil.CONN_LISTEN and connection.pid:
            return f"another program (pid {connection.pid}){_process_name(connection.pid)}"
    return "another program"


def _process_name(pid: int) -> str:
    try:
        return f": {psutil.Process(pid).name()}"
    except psutil.Error:
        return ""
