"""What a reader is shown instead of a board: what was wrong with the address, and where to go."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import territory
from schemas.territory import Place
from services.reporting.board.tongue import Tongue
from services.reporting.board.words import WORDS

ASKED_CHARS_MAX = 80
"""So much of a wrong address is compared with the names of places."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no page, in the reader's words, and the councils that may have been meant."""

    title: str
    detail: str
    hint: str
    councils: tuple[tuple[str, str], ...]


def no_council(asked: str, tongue: Tongue) -> Trouble:
    """For an address that is not the code of a council; the nearest ones by code or by name."""
    hint, councils = _meant(asked[:ASKED_CHARS_MAX])
    return Trouble(
        tongue.say(WORDS["unknown_title"]),
        tongue.say(WORDS["unknown"]),
        tongue.say(WORDS[hint]) if councils else "",
        tuple(named(tongue.in_order(councils) if hint == "area" else councils, tongue)),
    )


def no_period(tongue: Tongue) -> Trouble:
    """For a period that cannot be read."""
    return Trouble(tongue.say(WORDS["period_title"]), tongue.say(WORDS["period_form"]), "", ())


def not_available(tongue: Tongue) -> Trouble:
    """For a database that is away."""
    return Trouble(tongue.say(WORDS["away_title"]), tongue.say(WORDS["away"]), "", ())


def named(councils: Iterable[Place], tongue: Tongue) -> list[tuple[str, str]]:
    """Codes and names."""
    return [(place.code, tongue.place(place)) for place in councils]


def _meant(asked: str) -> tuple[str, list[Place]]:
    """The name of a sentence, and the councils that it introduces."""
    if territory.is_listed(asked):
        return "belongs", [territory.COUNCILS[territory.council_of(asked)]]
    if territory.place(asked) is not None:
        return "area", list(map(_council, territory.councils_in(asked)))
    near = [told.partition(" ")[0] for told in territory.nearest(asked)]
    return "nearest", list(dict.fromkeys(_council(territory.council_of(code)) for code in near))


def _council(code: str) -> Place:
    return territory.COUNCILS[code]
