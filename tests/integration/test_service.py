"""A service as a process: how it starts, what it waits for, how it ends."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import password_file, provision_postgres
from runtime.messaging.admin import create_topics
from schemas.topics import DOMAIN_TOPICS
from tests.conftest import MakeSettings
from tests.integration.outbox_kit import read_topic
from tests.integration.processes import NO_TLS
from tests.integration.service_program import Settings
from tests.waiting import eventually

Start = Callable[..., "Running"]
EXIT_S = 60


class Running:
    """One running service."""

    def __init__(self, environment: dict[str, str], failure: str) -> None:
        command = [sys.executable, "-m", "tests.integration.service_program", failure]
        self.port = int(environment.get("LMC_TRAINING_PORT", "0"))
        self.process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    async def ask(self, path: str, method: str = "GET") -> httpx.Response | None:
        """Return its response, None while it does not listen."""
        base = f"http://127.0.0.1:{self.port}"
        try:
            async with httpx.AsyncClient(base_url=base, verify=NO_TLS) as client:
                return await client.request(method, path)
        except httpx.TransportError:
            return None

    async def answers(self, path: str, status: int) -> bool:
        """Return whether it answers with this status."""
        assert self.process.poll() is None, self.process.communicate()[1]
        response = await self.ask(path)
        return response is not None and response.status_code == status

    async def ready(self) -> None:
        """Return when it is ready."""
        await eventually(lambda: self.answers("/health/ready", 200))

    async def end(self, number: signal.Signals | None = None) -> tuple[int, list[str]]:
        """Return its exit code and its log, after a signal or by itself."""
        if number is not None:
            self.process.send_signal(number)
        _, written = await asyncio.to_thread(self.process.communicate, timeout=EXIT_S)
        return self.process.returncode, written.splitlines()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment variables of these settings."""
    logged = settings.model_dump(mode="json", exclude_none=True)
    return {f"LMC_TRAINING_{name.upper()}": str(value) for name, value in logged.items()}


@pytest.fixture
def settings(service_settings: MakeSettings) -> Settings:
    """Settings of a service in this test's database, with the run's Kafka."""
    return service_settings("training", Settings)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start services, and end them with the test."""
    started: list[Running] = []

    def start(settings: Settings, failure: str = "none", **variables: str) -> Running:
        started.append(Running(environment(settings) | variables, failure))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.communicate()


@pytest.fixture
async def topics(kafka: LocalKafka) -> None:
    """The run's Kafka with the topics of the domains."""
    await create_topics(kafka.bootstrap, DOMAIN_TOPICS)


@pytest.fixture
async def own_kafka(
    stack_folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[LocalKafka]:
    """A Kafka of this test alone, running, without topics."""
    broker = LocalKafka(stack_folder / request.node.name[:60], *free_ports(2))
    await asyncio.to_thread(broker.start)
    yield broker
    await asyncio.to_thread(broker.stop)


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_becomes_ready_and_ends_with_0_on_a_signal(
    start: Start, settings: Settings, number: signal.Signals
) -> None:
    running = start(settings)
    await running.ready()
    code, written = await running.end(number)

    assert code == 0
    assert [json.loads(line)["event"] for line in written] == ["started", "stopped"]


@pytest.mark.usefixtures("topics")
async def test_every_listening_port_is_local(start: Start, settings: Settings) -> None:
    running = start(settings)
    await running.ready()
    sockets = psutil.Process(running.process.pid).net_connections()
    ports = {endpoint.laddr for endpoint in sockets if endpoint.status == psutil.CONN_LISTEN}

    assert ports == {("127.0.0.1", settings.port)}


async def test_a_bad_setting_is_one_clear_line_and_exit_2(start: Start, settings: Settings) -> None:
    code, written = await start(settings, LMC_TRAINING_LOG_LEVEL="loud").end()

    assert code == 2
    assert len(written) == 1
    assert written[0].startswith("training: LMC_TRAINING_LOG_LEVEL: ")


async def test_a_catalogue_that_cannot_be_read_is_one_clear_line_and_exit_2(
    start: Start, settings: Settings
) -> None:
    code, written = await start(settings, LMC_TRAINING_CATALOGUE="/nowhere.csv").end()

    assert code == 2
    assert len(written) == 1
    assert written[0].startswith("training: cannot read the catalogue /nowhere.csv: ")


async def test_a_busy_port_is_named_and_ends_with_69(start: Start, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        code, written = await start(settings).end()

    assert code == 69
    assert f"127.0.0.1:{settings.port}: Address already in use" in written[-1]


async def test_a_refused_role_ends_with_69_at_once(start: Start, settings: Settings) -> None:
    code, written = await start(settings, LMC_TRAINING_POSTGRES_ROLE="lmc_nobody").end()

    assert code == 69
    assert "was it provisioned?" in written[-1]


async def test_a_database_that_never_answers_is_waited_for_and_then_ends_with_69(
    start: Start, settings: Settings
) -> None:
    [port] = free_ports(1)
    code, written = await start(settings, LMC_TRAINING_POSTGRES_PORT=str(port)).end()

    assert code == 69
    assert f"PostgreSQL at 127.0.0.1:{port} did not answer" in written[-1]


async def test_a_service_that_waits_for_its_database_can_be_stopped(
    start: Start, settings: Settings
) -> None:
    running = start(settings, LMC_TRAINING_POSTGRES_PORT=str(free_ports(1)[0]))
    assert running.process.stderr is not None
    await asyncio.to_thread(running.process.stderr.readline)

    assert (await running.end(signal.SIGTERM))[0] == 0


@pytest.mark.usefixtures("topics")
async def test_a_database_that_answers_late_is_waited_for(
    start: Start, settings: Settings, stack_folder: Path
) -> None:
    server = LocalPostgres(stack_folder / "late", *free_ports(1))
    late = {
        "LMC_TRAINING_POSTGRES_PORT": str(server.port),
        "LMC_TRAINING_POSTGRES_DATABASE": "lmc",
        "LMC_TRAINING_POSTGRES_PASSWORD_FILE": str(
            password_file(stack_folder / "late-secrets", "training")
        ),
    }
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(provision_postgres, server, stack_folder / "late-secrets")
    await asyncio.to_thread(server.stop)
    running = start(settings, **late)
    assert running.process.stderr is not None
    await asyncio.to_thread(running.process.stderr.readline)
    await asyncio.to_thread(server.start)
    await running.ready()
    code, _ = await running.end(signal.SIGTERM)
    await asyncio.to_thread(server.stop)

    assert code == 0


@pytest.mark.parametrize(("failure", "code"), [("error", 70), ("gap", 75), ("log", 76)])
@pytest.mark.usefixtures("topics")
async def test_what_a_task_raises_ends_the_process_with_its_code(
    start: Start, settings: Settings, failure: str, code: int
) -> None:
    ended, written = await start(settings, failure).end()

    assert ended == code
    assert "0101990710008" not in "".join(written)


@pytest.mark.usefixtures("topics")
async def test_an_internal_error_is_logged_with_its_traceback(
    start: Start, settings: Settings
) -> None:
    _, written = await start(settings, "error").end()
    logged = [json.loads(line) for line in written if "ends with an internal error" in line]

    assert logged[0]["failure"]["error"] == "KeyError"
    assert "fail_by_error" in logged[0]["failure"]["frames"][-1]


async def test_a_kafka_without_the_services_topics_ends_with_69(
    start: Start, settings: Settings, own_kafka: LocalKafka
) -> None:
    code, written = await start(settings, LMC_TRAINING_KAFKA=own_kafka.bootstrap).end()

    assert code == 69
    assert "has no topic registration-events, training-events" in written[-1]


async def test_while_kafka_is_unavailable_facts_are_accepted_and_arrive_later(
    start: Start, settings: Settings, own_kafka: LocalKafka
) -> None:
    await create_topics(own_kafka.bootstrap, DOMAIN_TOPICS)
    await asyncio.to_thread(own_kafka.stop)
    running = start(settings, LMC_TRAINING_KAFKA=own_kafka.bootstrap)
    await eventually(lambda: running.answers("/health/ready", 503))
    statuses = [await running.ask(f"/moves/{n}", "POST") for n in range(20)]
    why = await running.ask("/health/ready")
    await asyncio.to_thread(own_kafka.start)
    await running.ready()
    await eventually(lambda: arrived(own_kafka.bootstrap, 20))

    assert [logged and logged.status_code for logged in statuses] == [202] * 20
    assert why is not None
    assert why.json()["checks"]["kafka"]
    assert why.json()["checks"]["postgres"] is None


async def test_a_service_can_be_stopped_while_kafka_is_unavailable_with_events_in_flight(
    start: Start, settings: Settings, own_kafka: LocalKafka
) -> None:
    await create_topics(own_kafka.bootstrap, DOMAIN_TOPICS)
    running = start(settings, LMC_TRAINING_KAFKA=own_kafka.bootstrap)
    await running.ready()
    own_kafka.kill()
    await running.ask("/moves/1", "POST")
    await eventually(lambda: running.answers("/health/ready", 503))
    code, _ = await running.end(signal.SIGTERM)

    assert code == 0


async def arrived(kafka: str, count: int) -> bool:
    """Return whether the topic holds so many events of the program."""
    return len(await read_topic(kafka, "registration-events")) == count
