"""Tests of the client of a service: progress of a long request, broken streams, problems."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lmc.client.service_client import ProgressUpdate, RequestRefused, ServiceClient
from lmc.devstack.stack import Stack
from tests.integration.lmc_command import free_stack

HALF = b'event: progress\ndata: {"done": 1, "total": 2}\n\n'
BOTH = HALF + b'event: progress\ndata: {"done": 2, "total": 2}\n\n'
ANSWER = b'event: answer\ndata: {"values":["\xd0\x88\xd0\xb0"]}\n\n'
UNAVAILABLE = b'event: problem\ndata: {"status": 503, "code": "E1507", "detail": "away"}\n\n'
INTERNAL = b'event: problem\ndata: {"status": 500, "code": "E1901", "detail": "mistake"}\n\n'


@contextmanager
def answering(stack: Stack, *bodies: bytes) -> Iterator[list[str]]:
    """Serve these streams on reporting's port, one per request; yield the Accept headers."""
    accepted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            accepted.append(self.headers["Accept"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            self.wfile.write(bodies[len(accepted) - 1])

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", stack.port("reporting")), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield accepted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that is not started, on free ports."""
    return free_stack(tmp_path)


def watched(stack: Stack) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the answer and the progress updates before it."""
    updates: list[ProgressUpdate] = []
    with ServiceClient(stack, "reporting") as reporting:
        body = reporting.get_with_progress(
            "/indicators/MI-13/values", {"place": "RS"}, updates.append
        )
    return body, [(each.done, each.total) for each in updates]


def test_progress_is_reported_before_the_answer(stack: Stack) -> None:
    with answering(stack, BOTH + ANSWER) as accepted:
        body, updates = watched(stack)

    assert body == '{"values":["Ја"]}'.encode()
    assert updates == [(1, 2), (2, 2)]
    assert accepted == ["text/event-stream"]


@pytest.mark.parametrize("broken", [HALF, b"", UNAVAILABLE], ids=["cut", "empty", "away"])
def test_a_broken_stream_is_requested_again(stack: Stack, broken: bytes) -> None:
    with answering(stack, broken, BOTH + ANSWER) as accepted:
        body, _ = watched(stack)

    assert body == '{"values":["Ја"]}'.encode()
    assert len(accepted) == 2


def test_a_problem_event_is_raised_as_a_refusal(stack: Stack) -> None:
    with answering(stack, HALF + INTERNAL), pytest.raises(RequestRefused) as denied:
        watched(stack)

    assert (denied.value.problem.code, denied.value.code) == ("E1901", 69)
