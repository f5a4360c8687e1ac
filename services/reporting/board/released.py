"""Puts what is frozen onto a page: whether its period is closed, and numbers that are revised."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from runtime.clock import belgrade_day
from services.reporting.board.page import Figure, Page, Question, Section, Tile
from services.reporting.board.tongue import Tongue
from services.reporting.board.words import RELEASES, REVISED, WHY
from services.reporting.closing.model import exact, is_other
from services.reporting.closing.reading import Frozen
from services.reporting.tables.table import Value

Values = Mapping[str, Value]


def released(page: Page, frozen: Frozen | None, values: Values, asked: Question) -> Page:
    """The page with the state of its period in the banner, once that is over.

    Beside a number that is another one than when the period was closed stands what it was.
    """
    if asked.period.kind == "to" or asked.today <= asked.period.last:
        return page
    state = _state(frozen, asked.tongue)
    banner = replace(page.banner, period=f"{page.banner.period} · {state}")
    if frozen is None:
        return replace(page, banner=banner)
    marks = _Marks(frozen, values, asked.tongue)
    return replace(
        page,
        banner=banner,
        tiles=tuple(map(marks.tile, page.tiles)),
        sections=tuple(map(marks.section, page.sections)),
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is put beside the figures of one page."""

    frozen: Frozen
    values: Values
    tongue: Tongue

    def section(self, section: Section) -> Section:
        """The figures of a section's cards."""
        cards = (
            replace(card, figures=tuple(map(self.figure, card.figures))) for card in section.cards
        )
        return replace(section, cards=tuple(cards))

    def tile(self, tile: Tile) -> Tile:
        """A tile's figure, and the one beside it."""
        beside = self.figure(tile.beside) if tile.beside else None
        return replace(tile, figure=self.figure(tile.figure), beside=beside)

    def figure(self, figure: Figure) -> Figure:
        """The figure with the words for what it was, if it is revised."""
        was, now = self.frozen.totals.get(figure.key), self.values.get(figure.key)
        if was is None or now is None or not is_other(was, now):
            return figure
        return replace(figure, revised=self._words(figure.key, exact(was.value)))

    def _words(self, measure: str, was: Decimal | None) -> str:
        reasons = self.frozen.reasons.get(measure.partition(".")[0], ())
        number = "–" if was is None else self.tongue.number(was)
        told = self.tongue.say(REVISED, version=str(self.frozen.version), number=number)
        why = ", ".join(self.tongue.say(WHY[reason]) for reason in reasons)
        return f"{told} ({why})" if why else told


def _state(frozen: Frozen | None, tongue: Tongue) -> str:
    if frozen is None:
        return tongue.say(RELEASES["open"])
    at = frozen.reopened_at or frozen.closed_at
    day = tongue.day(belgrade_day(at))
    return tongue.say(RELEASES[frozen.state], version=str(frozen.version), day=day)
