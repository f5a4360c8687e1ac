"""Made-up personal data, each of them another, and the places of an event where they may hide."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.reference.plain import Event
from tests.reference.tell import say

WEIGHTS = (7, 6, 5, 4, 3, 2) * 2
TOO_LARGE = 70_000

TWIN_ID = "canary-twin"
_TOLD = say(
    "matching.placement.made",
    "2018-03-02",
    f"p-5{'c' * 25}",
    source="/partners/nes",
    id=TWIN_ID,
    factid="canary-fact",
    programmes=["M4SD"],
    employer="o-nes",
)
TWIN: Event = {name: value for name, value in _TOLD.items() if name != "recordedtime"}
"""The event in which they hide, without them: well said."""
DATA = TWIN["data"]

Spot = Callable[[str], str]
"""Makes the line in which a text stands at one place."""


@dataclass(frozen=True)
class Canary:
    """One personal datum in one line, the code by which it is refused, and whether it is sent."""

    text: str
    line: str
    code: str
    is_sent: bool


def canaries() -> Iterator[Canary]:
    """A personal number, an e-mail address and a phone number at every spot."""
    makers = {"E1201": jmbg, "E1202": e_mail, "E1203": phone}
    number = 0
    for spot in (*SENT, *UNSENT):
        for code, make in makers.items():
            number += 1
            text = make(number)
            yield Canary(text, spot(text), code, is_sent=spot in SENT)


def jmbg(number: int) -> str:
    """The personal number of somebody born on 15 October 1990."""
    digits = f"151099071{number:03}"
    remainder = 11 - sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11
    return digits + str(0 if remainder > 9 else remainder)


def e_mail(number: int) -> str:
    """An address at a domain that nobody has."""
    return f"canary{number}@example.rs"


def phone(number: int) -> str:
    """A mobile number."""
    return f"+38164555{number:04}"


def _attribute(name: str) -> Spot:
    return lambda text: json.dumps(TWIN | {name: text})


def _field(name: str) -> Spot:
    return lambda text: json.dumps(TWIN | {"data": DATA | {name: text}})


SENT: Sequence[Spot] = (
    *(_attribute(name) for name in TWIN),
    *(_field(name) for name in DATA),
    _field("note"),
    lambda text: json.dumps(TWIN | {text: "x"}),
    lambda text: json.dumps(TWIN | {"data": DATA | {text: "x"}}),
    lambda text: json.dumps(TWIN | {"data": DATA | {"programmes": ["M4SD", text]}}),
    lambda text: json.dumps(TWIN | {"note": {"deep": ["x", {"deeper": f"call {text} today"}]}}),
    lambda text: json.dumps(TWIN | {"id": f"visit-{text}"}),
    lambda text: json.dumps(TWIN | {"type": f"matching.placement.made.{text}"}),
    lambda text: json.dumps(TWIN | {"id": None, "subject": None, "note": text}),
    lambda text: json.dumps(TWIN | {"data": DATA | {"note": text + " " * TOO_LARGE}}),
    lambda text: json.dumps(TWIN)[:-1] + f', "note": "{text}", "note": "{text}"}}',
)
UNSENT: Sequence[Spot] = (
    lambda text: json.dumps(TWIN)[:-1] + f', "note": "{text}"',
    lambda text: text,
    lambda text: json.dumps([text]),
)
"""These are no events: `lmc emit` itself refuses them."""
