"""The client's result for every response of intake, or of a proxy in front of it."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from lmc_events import Client, IntakeUnavailable, Partner, Result, new_key
from lmc_events.client import BATCH_BYTES_MAX, BATCH_EVENTS_MAX

Respond = Callable[[httpx.Request], httpx.Response]
TOO_LARGE = {"code": "E1103", "path": "$", "detail": "It is too large.", "remedy": "Send less."}


@pytest.fixture
def partner(tmp_path: Path) -> Partner:
    """A partner with a key."""
    new_key(tmp_path / "key.pem")
    return Partner("nes", tmp_path / "key.pem")


def client(partner: Partner, respond: Respond) -> Client:
    """A client of an intake that responds like this."""
    return Client("http://intake", partner, httpx.Client(transport=httpx.MockTransport(respond)))


def events_in(request: httpx.Request) -> list[object]:
    """The events of a request."""
    content: object = json.loads(request.content)
    return content if isinstance(content, list) else [content]


def accept(request: httpx.Request) -> httpx.Response:
    """Accept every event."""
    return httpx.Response(202, json={"results": [{"status": "accepted"}] * len(events_in(request))})


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (httpx.Response(503, json=TOO_LARGE | {"code": "E1507"}), "E1507 It is too large."),
        (httpx.Response(401, json=TOO_LARGE | {"code": "E1401"}), "E1401"),
        (httpx.Response(403, json=TOO_LARGE | {"code": "E1403"}), "E1403"),
        (httpx.Response(403, text="<h1>No entry</h1>"), "status 403"),
        (httpx.Response(404, json=TOO_LARGE | {"code": "E1502"}), "E1502"),
        (httpx.Response(301, headers={"location": "/elsewhere"}), "status 301"),
        (httpx.Response(429), "status 429"),
        (httpx.Response(500, json=TOO_LARGE | {"code": "E1901"}), "E1901"),
        (httpx.Response(200, text="<h1>Welcome</h1>"), "not understood"),
        (httpx.Response(202, json={"results": [{"status": "postponed"}]}), "not understood"),
        (httpx.Response(202, json={"results": []}), "0 results for 1 events"),
    ],
)
def test_a_response_that_is_not_about_the_event_means_unavailable(
    partner: Partner, response: httpx.Response, text: str
) -> None:
    with (
        closing(client(partner, lambda _: response)) as intake,
        pytest.raises(IntakeUnavailable, match=text),
    ):
        intake.send([b"{}"])


def test_an_intake_that_cannot_be_reached_is_unavailable(partner: Partner) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("too late", request=request)

    with (
        closing(client(partner, fail)) as intake,
        pytest.raises(IntakeUnavailable, match=r"http://intake does not answer \(ConnectTimeout\)"),
    ):
        intake.send([b"{}"])


@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_an_unreadable_key_is_named_and_means_unavailable(
    partner: Partner, content: bytes | None
) -> None:
    partner.key_file.unlink()
    if content is not None:
        partner.key_file.write_bytes(content)

    with (
        closing(client(partner, accept)) as intake,
        pytest.raises(IntakeUnavailable, match=r"key\.pem"),
    ):
        intake.send([b"{}"])


@pytest.mark.parametrize(
    ("status", "code"), [(422, "E1003"), (409, "E1301"), (403, "E1402"), (413, "E1103")]
)
def test_a_single_event_that_is_refused_gives_the_problem(
    partner: Partner, status: int, code: str
) -> None:
    response = httpx.Response(status, json=TOO_LARGE | {"code": code})
    with closing(client(partner, lambda _: response)) as intake:
        [result] = intake.send([b"{}"])

    assert result == Result(
        status="refused", code=code, path="$", detail="It is too large. Send less."
    )


def test_an_event_too_large_for_a_proxy_is_refused(partner: Partner) -> None:
    with closing(client(partner, lambda _: httpx.Response(413, text="nginx"))) as intake:
        [result] = intake.send([b"{}"])

    assert (result.status, result.code) == ("refused", "E1103")


def test_a_refused_batch_is_sent_event_by_event(partner: Partner) -> None:
    def singles_only(request: httpx.Request) -> httpx.Response:
        is_batch = len(events_in(request)) > 1
        return httpx.Response(413, json=TOO_LARGE) if is_batch else accept(request)

    with closing(client(partner, singles_only)) as intake:
        results = intake.send([b"1", b"2", b"3"])

    assert [result.status for result in results] == ["accepted"] * 3


def test_many_events_are_sent_in_order_in_requests_within_the_limits(partner: Partner) -> None:
    received: list[list[object]] = []

    def record(request: httpx.Request) -> httpx.Response:
        received.append(events_in(request))
        return accept(request)

    large = [json.dumps(f"{n:060000d}").encode() for n in range(20)]
    small = [str(n).encode() for n in range(BATCH_EVENTS_MAX + 2)]
    with closing(client(partner, record)) as intake:
        results = intake.send([*large, *small])

    assert len(results) == len(large) + len(small)
    assert [each for events in received for each in events] == [
        *(json.loads(body) for body in [*large, *small])
    ]
    assert max(len(events) for events in received) <= BATCH_EVENTS_MAX
    assert max(len(json.dumps(events)) for events in received) <= BATCH_BYTES_MAX


def test_no_events_need_no_request(partner: Partner) -> None:
    with closing(client(partner, lambda _: httpx.Response(500))) as intake:
        assert intake.send([]) == []


def test_the_id_of_a_receipt_is_quoted_in_the_url(partner: Partner) -> None:
    requested: list[str] = []

    def record(request: httpx.Request) -> httpx.Response:
        requested.append(request.url.raw_path.decode())
        return httpx.Response(404, json=TOO_LARGE | {"code": "E1502"})

    with closing(client(partner, record)) as intake:
        assert intake.receipt("../outbox") is None

    assert requested == ["/receipts/..%2Foutbox"]
