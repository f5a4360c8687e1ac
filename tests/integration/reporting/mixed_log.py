"""A log with records of every possible outcome."""

from datetime import UTC, datetime

from tests.reference.builders import ANA, BOBAN, CECA, IVANJICA, make_event
from tests.reference.logs import random_log
from tests.reference.shapes import Event

MADE, MERGED = "matching.placement.made", "registration.person.merged"
GORDANA, HANA = (f"p-0{letter * 25}" for letter in "gh")
"""Two codes of one person with one placement and nothing else."""


def now() -> datetime:
    return datetime.now(UTC)


def events() -> list[Event]:
    """Return random stories, valid merges, a duplicate, and a conflict."""
    made = make_event(MADE, "2023-03-02", ANA, id="made")
    return [
        *(event | {"id": f"r-{n}"} for n, event in enumerate(random_log(7) + random_log(8))),
        made,
        make_event(MADE, "2023-03-05", BOBAN, id="other", factid="f-9"),
        make_event(MERGED, "2023-05-01", CECA, id="merge", factid="f-8", **{"with": BOBAN}),
        make_event(MADE, "2023-03-09", GORDANA, id="gordana", factid="f-g"),
        make_event(MERGED, "2023-05-02", HANA, id="hana", factid="f-h", **{"with": GORDANA}),
        make_event("reference.partner.reported", "2023-07-01", "o-nes", id="report", factid="f-r"),
        made,
        made | {"data": made["data"] | {"municipality": IVANJICA}},
    ]
