"""A log with everything that may become of a record, for proofs to be made of it."""

from datetime import UTC, datetime

from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, CECA, IVANJICA, say

MADE, MERGED = "matching.placement.made", "registration.person.merged"
GORDANA, HANA = (f"p-0{letter * 25}" for letter in "gh")
"""Of whom nothing else is said: one placement, and that they are one person."""


def now() -> datetime:
    return datetime.now(UTC)


def events() -> list[Event]:
    """Random stories, merges that stand, a duplicate, and a conflict."""
    made = say(MADE, "2023-03-02", ANA, id="made")
    return [
        *(event | {"id": f"r-{n}"} for n, event in enumerate(random_log(7) + random_log(8))),
        made,
        say(MADE, "2023-03-05", BOBAN, id="other", factid="f-9"),
        say(MERGED, "2023-05-01", CECA, id="merge", factid="f-8", **{"with": BOBAN}),
        say(MADE, "2023-03-09", GORDANA, id="gordana", factid="f-g"),
        say(MERGED, "2023-05-02", HANA, id="hana", factid="f-h", **{"with": GORDANA}),
        say("reference.partner.reported", "2023-07-01", "o-nes", id="report", factid="f-r"),
        made,
        made | {"data": made["data"] | {"municipality": IVANJICA}},
    ]
