"""Made-up personal data, each different, and the spots of an event where they may be."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.reference.builders import make_event
from tests.reference.shapes import Event

WEIGHTS = (7, 6, 5, 4, 3, 2) * 2
TOO_LARGE = 70_000

CLEAN_ID = "canary-clean"
_RECORDED = make_event(
    "matching.placement.made",
    "2018-03-02",
    f"p-5{'c' * 25}",
    source="/partners/nes",
    id=CLEAN_ID,
    factid="canary-fact",
    programmes=["M4SD"],
    employer="o-nes",
)
CLEAN_EVENT: Event = {name: value for name, value in _RECORDED.items() if name != "recordedtime"}
"""A valid event without personal data; the canaries are put into copies of it."""
DATA = CLEAN_EVENT["data"]

Spot = Callable[[str], str]
"""A function that returns a line with a text at one spot of the event."""


@dataclass(frozen=True)
class Canary:
    """A personal datum in a line, the code that refuses it, and whether the line is sent."""

    text: str
    line: str
    code: str
    is_sent: bool


def canaries() -> Iterator[Canary]:
    """Yield a personal number, an e-mail address and a phone number at every spot."""
    makers = {"E1201": jmbg, "E1202": e_mail, "E1203": phone}
    number = 0
    for spot in (*SENT, *UNSENT):
        for code, make in makers.items():
            number += 1
            text = make(number)
            yield Canary(text, spot(text), code, is_sent=spot in SENT)


def jmbg(number: int) -> str:
    """Return the personal number of a person born on 15 October 1990."""
    digits = f"151099071{number:03}"
    remainder = 11 - sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11
    return digits + str(0 if remainder > 9 else remainder)


def e_mail(number: int) -> str:
    """Return an e-mail address at a reserved domain."""
    return f"canary{number}@example.rs"


def phone(number: int) -> str:
    """Return a mobile phone number."""
    return f"+38164555{number:04}"


def _attribute(name: str) -> Spot:
    return lambda text: json.dumps(CLEAN_EVENT | {name: text})


def _field(name: str) -> Spot:
    return lambda text: json.dumps(CLEAN_EVENT | {"data": DATA | {name: text}})


SENT: Sequence[Spot] = (
    *(_attribute(name) for name in CLEAN_EVENT),
    *(_field(name) for name in DATA),
    _field("note"),
    lambda text: json.dumps(CLEAN_EVENT | {text: "x"}),
    lambda text: json.dumps(CLEAN_EVENT | {"data": DATA | {text: "x"}}),
    lambda text: json.dumps(CLEAN_EVENT | {"data": DATA | {"programmes": ["M4SD", text]}}),
    lambda text: json.dumps(
        CLEAN_EVENT | {"note": {"deep": ["x", {"deeper": f"call {text} today"}]}}
    ),
    lambda text: json.dumps(CLEAN_EVENT | {"id": f"visit-{text}"}),
    lambda text: json.dumps(CLEAN_EVENT | {"type": f"matching.placement.made.{text}"}),
    lambda text: json.dumps(CLEAN_EVENT | {"id": None, "subject": None, "note": text}),
    lambda text: json.dumps(CLEAN_EVENT | {"data": DATA | {"note": text + " " * TOO_LARGE}}),
    lambda text: json.dumps(CLEAN_EVENT)[:-1] + f', "note": "{text}", "note": "{text}"}}',
)
UNSENT: Sequence[Spot] = (
    lambda text: json.dumps(CLEAN_EVENT)[:-1] + f', "note": "{text}"',
    lambda text: text,
    lambda text: json.dumps([text]),
)
"""Spots in lines that are no events: `lmc emit` itself refuses them."""
