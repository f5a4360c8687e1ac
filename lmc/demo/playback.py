"""Play both stories into a running stack, and read the tables until every figure is right."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial

from rich.console import Console
from rich.live import Live

from lmc.client.ingest import IngestClient
from lmc.client.service_client import ServiceClient
from lmc.demo.figure_tables import FigureValues, figure_tables, read_figures, wrong_figures
from lmc.demo.m4sd_story import LAST_DAY, chapters
from lmc.demo.roma_2016_story import scripted_events
from lmc.demo.scripted_event import ScriptedEvent
from lmc.devstack.stack import SERVICE_PORTS, Stack
from lmc.devstack.supervisor import Supervisor
from runtime.process.errors import InternalError
from schemas.envelope import encode_event, new_event

_SENDERS = 8
"""So many threads send at the same time."""
_REFRESH_S = 0.5
_SETTLE_S_MAX = 60.0
"""The tables are right within a second after the last event; a busy machine takes longer."""
SOURCE = "/partners/commissariat"
PARTNER = "/partners/ngo-novi-sad"
"""The sources of the first and the second story; the second story's publication names none."""
_BATCH_EVENTS = 100
_NOON = time_of_day(12)
_JSON = "application/json"


def play(
    stack: Stack, supervisor: Supervisor, console: Console, settle_s_max: float = _SETTLE_S_MAX
) -> FigureValues:
    """Send both stories while the tables are shown; return the figures at the end."""
    with ExitStack() as clients, ThreadPoolExecutor(_SENDERS + 1) as pool:
        services: dict[str, ServiceClient] = {
            service: clients.enter_context(ServiceClient(stack, service, stack.operator_key_file))
            for service in SERVICE_PORTS
        }
        intake = clients.enter_context(IngestClient(stack))
        tables = clients.enter_context(ServiceClient(stack, "reporting", stack.steward_token_file))
        sending = pool.submit(_send_stories, services, intake, pool)
        values = _show_until_right(tables, sending, supervisor, console, settle_s_max)
        sending.result()
    return values


def _show_until_right(
    tables: ServiceClient,
    sending: "Future[None]",
    supervisor: Supervisor,
    console: Console,
    settle_s_max: float,
) -> FigureValues:
    """Show the tables until all is sent and every figure is right, or the time is over."""
    deadline: float | None = None
    started = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            supervisor.step()
            is_sent = sending.done()
            values = read_figures(tables)
            live.update(figure_tables(values, f"{time.monotonic() - started:.0f} s"), refresh=True)
            if is_sent:
                deadline = deadline or time.monotonic() + settle_s_max
                is_right = not wrong_figures(values)
                if is_right or sending.exception() or time.monotonic() > deadline:
                    return values
            time.sleep(_REFRESH_S)


def _send_stories(
    services: Mapping[str, ServiceClient], intake: IngestClient, pool: ThreadPoolExecutor
) -> None:
    """Send the first story chapter by chapter, then the second in batches, as a partner does."""
    for title, chapter in chapters():
        _send_concurrently(pool, chapter, partial(_send_singly, services, intake, title))
    _send_concurrently(pool, scripted_events(), partial(_send_batches, intake))


def _send_concurrently(
    pool: ThreadPoolExecutor,
    events: Sequence[ScriptedEvent],
    send: Callable[[Sequence[ScriptedEvent]], None],
) -> None:
    """Split the events into one part for each thread; return when all are sent."""
    parts = [pool.submit(send, events[start::_SENDERS]) for start in range(_SENDERS)]
    for part in parts:
        part.result()


def _send_batches(intake: IngestClient, events: Sequence[ScriptedEvent]) -> None:
    """Send events as a partner does; a refused event shows in the figures."""
    bodies = [_body(event, PARTNER) for event in events]
    for start in range(0, len(bodies), _BATCH_EVENTS):
        intake.send(bodies[start : start + _BATCH_EVENTS])


def _send_singly(
    services: Mapping[str, ServiceClient],
    intake: IngestClient,
    title: str,
    events: Sequence[ScriptedEvent],
) -> None:
    """Record each event at its service; raise InternalError if intake refuses one."""
    for event in events:
        if event.service == "intake":
            (result,) = intake.send([_body(event, SOURCE)])
            if result.status == "refused":
                raise InternalError(f"intake refuses {event.event.TYPE}: {result.detail}")
            continue
        body = event.event.model_dump_json(by_alias=True, exclude_none=True).encode()
        is_in_path = event.subject in event.path
        path = event.path if is_in_path else f"{event.path}?subject={event.subject}"
        key = f"{title}/{event.subject}".replace(" ", "-")
        services[event.service].post(path, body, _JSON, key=key)


def _body(event: ScriptedEvent, source: str) -> bytes:
    """Return the event as a partner sends it; a type happens to a subject once in a story."""
    return encode_event(
        new_event(
            event.event,
            id=f"{event.subject}.{event.event.TYPE.removesuffix('.v1')}",
            source=source,
            subject=event.subject,
            time=datetime.combine(max(event.event.on, LAST_DAY), _NOON, UTC),
        )
    )
