"""The ports of a stack: which they are, whether they are free, who sits on one."""

import errno
import random
import socket
from dataclasses import dataclass

import psutil

from runtime.errors import Missing, UsageError

HOST = "127.0.0.1"
PORT_MAX = 65535
CONNECT_S = 0.2
LOW_PORT, EPHEMERAL_PORT = 15_000, 32_000
TRIES_MAX = 20

INTAKE, REGISTRATION, TRAINING, MATCHING, REPORTING = 8100, 8101, 8102, 8103, 8104
KAFKA, CONTROLLER, POSTGRES = 9092, 9093, 5433


@dataclass(frozen=True, slots=True)
class Ports:
    """The block of ports one stack listens on; `offset` moves all of them."""

    offset: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.offset <= PORT_MAX - CONTROLLER:
            raise UsageError(
                f"--port-offset {self.offset} leaves no valid port."
                f" Choose a number from 0 to {PORT_MAX - CONTROLLER}."
            )

    @property
    def kafka(self) -> int:
        """Where clients meet Kafka."""
        return KAFKA + self.offset

    @property
    def controller(self) -> int:
        """Where Kafka meets itself."""
        return CONTROLLER + self.offset

    @property
    def postgres(self) -> int:
        """Where PostgreSQL listens."""
        return POSTGRES + self.offset

    def service(self, port: int) -> int:
        """Where a service listens whose usual port this is."""
        return port + self.offset


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on this port."""
    try:
        socket.create_connection((HOST, port), CONNECT_S).close()
    except OSError:
        return False
    return True


def require_free(port: int) -> None:
    """Raise Missing, with the program and its pid, if we could not listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise Missing(f"port {port} cannot be used: {problem.strerror}.") from problem
            raise Missing(
                f"port {port} is in use by {_owner(port)}."
                " Choose another block with --port-offset 100."
            ) from problem


def free_ports(count: int) -> list[int]:
    """So many ports that are free now, for tests.

    They lie below those that the system hands out for outgoing connections, any of which could
    take one before it is used.
    """
    candidates = random.sample(range(LOW_PORT, EPHEMERAL_PORT), TRIES_MAX)
    free = [port for port in candidates if _is_free(port)]
    if len(free) < count:
        raise Missing(f"fewer than {count} ports are free.")
    return free[:count]


def _is_free(port: int) -> bool:
    try:
        require_free(port)
    except Missing:
        return False
    return True


def _owner(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        is_it = connection.laddr and connection.laddr.port == port
        if is_it and connection.status == psutil.CONN_LISTEN and connection.pid:
            return f"another program (pid {connection.pid}){_name(connection.pid)}"
    return "another program"


def _name(pid: int) -> str:
    try:
        return f": {psutil.Process(pid).name()}"
    except psutil.Error:
        return ""
