"""Opens numbers as the steward does: what `GET /explain` tells, over all its pages."""

from typing import Any

from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.tell import PROKUPLJE

ASKED = {"indicator": "MI-13", "place": PROKUPLJE, "period": "2023"}


async def explained(desk: Desk, **asked: str) -> dict[str, Any]:
    """The answer to the steward."""
    answer = await desk.ask("/explain", ASKED | asked, TOKEN)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def all_entries(desk: Desk, **asked: str) -> list[dict[str, Any]]:
    """The entries of all pages."""
    found: list[dict[str, Any]] = []
    told = await explained(desk, **asked)
    while True:
        found += told["entries"]["items"]
        if told["entries"]["next"] is None:
            assert len(found) == told["entries"]["in_all"]
            return found
        told = await explained(desk, **asked | {"after": told["entries"]["next"]})


def ids(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["id"] for fact in facts]
