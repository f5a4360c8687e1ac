"""What the client makes of each answer that a door, or something on the way to it, may give."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from lmc_events import Client, Partner, Result, Unavailable, new_key
from lmc_events.client import BATCH_BYTES_MAX, BATCH_EVENTS_MAX

Answer = Callable[[httpx.Request], httpx.Response]
Open = Callable[[Answer], Client]
TOO_LARGE = {"code": "E1103", "path": "$", "detail": "It is too large.", "remedy": "Send less."}


@pytest.fixture
def partner(tmp_path: Path) -> Partner:
    """A partner with a key."""
    new_key(tmp_path / "key.pem")
    return Partner("nes", tmp_path / "key.pem")


def client(partner: Partner, answer: Answer) -> Client:
    """A client of a door that gives these answers."""
    return Client("http://door", partner, httpx.Client(transport=httpx.MockTransport(answer)))


def events_in(request: httpx.Request) -> list[object]:
    """The events of a request."""
    said: object = json.loads(request.content)
    return said if isinstance(said, list) else [said]


def accept(request: httpx.Request) -> httpx.Response:
    """Accept every event."""
    return httpx.Response(202, json={"results": [{"status": "accepted"}] * len(events_in(request))})


@pytest.mark.parametrize(
    ("answer", "said"),
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
def test_what_says_nothing_about_the_event_leaves_it_to_be_sent_again(
    partner: Partner, answer: httpx.Response, said: str
) -> None:
    with closing(client(partner, lambda _: answer)) as door, pytest.raises(Unavailable, match=said):
        door.send([b"{}"])


def test_a_door_that_cannot_be_reached_is_unavailable(partner: Partner) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("too late", request=request)

    with (
        closing(client(partner, fail)) as door,
        pytest.raises(Unavailable, match=r"http://door does not answer \(ConnectTimeout\)"),
    ):
        door.send([b"{}"])


@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_a_key_that_cannot_be_read_is_named_and_the_event_can_be_sent_again(
    partner: Partner, content: bytes | None
) -> None:
    partner.key_file.unlink()
    if content is not None:
        partner.key_file.write_bytes(content)

    with closing(client(partner, accept)) as door, pytest.raises(Unavailable, match=r"key\.pem"):
        door.send([b"{}"])


@pytest.mark.parametrize(
    ("status", "code"), [(422, "E1003"), (409, "E1301"), (403, "E1402"), (413, "E1103")]
)
def test_a_single_event_that_is_refused_gives_the_problem(
    partner: Partner, status: int, code: str
) -> None:
    answer = httpx.Response(status, json=TOO_LARGE | {"code": code})
    with closing(client(partner, lambda _: answer)) as door:
        [result] = door.send([b"{}"])

    assert result == Result(
        status="refused", code=code, path="$", detail="It is too large. Send less."
    )


def test_an_event_too_large_for_a_proxy_is_refused_and_does_not_block(partner: Partner) -> None:
    with closing(client(partner, lambda _: httpx.Response(413, text="nginx"))) as door:
        [result] = door.send([b"{}"])

    assert (result.status, result.code) == ("refused", "E1103")


def test_a_batch_that_is_refused_as_a_whole_is_said_one_by_one(partner: Partner) -> None:
    def singles_only(request: httpx.Request) -> httpx.Response:
        whole = len(events_in(request)) > 1
        return httpx.Response(413, json=TOO_LARGE) if whole else accept(request)

    with closing(client(partner, singles_only)) as door:
        results = door.send([b"1", b"2", b"3"])

    assert [result.status for result in results] == ["accepted"] * 3


def test_many_events_go_in_order_in_requests_that_the_door_takes(partner: Partner) -> None:
    heard: list[list[object]] = []

    def note(request: httpx.Request) -> httpx.Response:
        heard.append(events_in(request))
        return accept(request)

    large = [json.dumps(f"{n:060000d}").encode() for n in range(20)]
    small = [str(n).encode() for n in range(BATCH_EVENTS_MAX + 2)]
    with closing(client(partner, note)) as door:
        results = door.send([*large, *small])

    assert len(results) == len(large) + len(small)
    assert [each for events in heard for each in events] == [
        *(json.loads(body) for body in [*large, *small])
    ]
    assert max(len(events) for events in heard) <= BATCH_EVENTS_MAX
    assert max(len(json.dumps(events)) for events in heard) <= BATCH_BYTES_MAX


def test_no_events_are_no_request(partner: Partner) -> None:
    with closing(client(partner, lambda _: httpx.Response(500))) as door:
        assert door.send([]) == []


def test_a_receipt_is_asked_for_by_the_whole_id(partner: Partner) -> None:
    asked: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(404, json=TOO_LARGE | {"code": "E1502"})

    with closing(client(partner, note)) as door:
        assert door.receipt("../outbox") is None

    assert asked == ["/receipts/..%2Foutbox"]
