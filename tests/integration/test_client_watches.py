"""The command's client follows a long answer: told how far it is, patient, never cut off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lmc.client import Client, Denied, Done
from lmc.stack import Stack
from tests.integration.lmc_command import free_stack

HALF = b'event: progress\ndata: {"done": 1, "total": 2}\n\n'
WHOLE = HALF + b'event: progress\ndata: {"done": 2, "total": 2}\n\n'
ANSWER = b'event: answer\ndata: {"values":["\xd0\x88\xd0\xb0"]}\n\n'
AWAY = b'event: problem\ndata: {"status": 503, "code": "E1507", "detail": "away"}\n\n'
BUG = b'event: problem\ndata: {"status": 500, "code": "E1901", "detail": "mistake"}\n\n'


@contextmanager
def answering(stack: Stack, *bodies: bytes) -> Iterator[list[str]]:
    """A server on reporting's port that gives these streams, one after the other."""
    accepted: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            accepted.append(self.headers["Accept"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            self.wfile.write(bodies[len(accepted) - 1])

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", stack.port("reporting")), Door)
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
    """The answer, and what was told before."""
    told: list[Done] = []
    with Client(stack, "reporting") as reporting:
        body = reporting.watch("/indicators/MI-13/values", {"place": "RS"}, told.append)
    return body, [(each.done, each.total) for each in told]


def test_it_is_told_how_far_the_answer_is_and_gives_its_bytes(stack: Stack) -> None:
    with answering(stack, WHOLE + ANSWER) as accepted:
        body, told = watched(stack)

    assert body == '{"values":["Ја"]}'.encode()
    assert told == [(1, 2), (2, 2)]
    assert accepted == ["text/event-stream"]


@pytest.mark.parametrize("broken", [HALF, b"", AWAY], ids=["cut", "empty", "away"])
def test_a_stream_that_breaks_off_is_begun_anew(stack: Stack, broken: bytes) -> None:
    with answering(stack, broken, WHOLE + ANSWER) as accepted:
        body, _ = watched(stack)

    assert body == '{"values":["Ја"]}'.encode()
    assert len(accepted) == 2


def test_a_problem_at_the_end_is_what_the_service_answers(stack: Stack) -> None:
    with answering(stack, HALF + BUG), pytest.raises(Denied) as denied:
        watched(stack)

    assert (denied.value.problem.code, denied.value.code) == ("E1901", 69)
