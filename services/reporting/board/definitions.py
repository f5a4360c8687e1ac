"""The definition of an indicator as the board shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.reporting.board.locale import Locale
from services.reporting.board.translations import BASES, MESSAGES, PLACE_RULES, STATUSES
from services.reporting.domain.indicator import Basis, Indicator


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """A definition: its question in one sentence, and its parts as (heading, text)."""

    sentence: str
    parts: tuple[tuple[str, str], ...]


def definition_text(indicator: Indicator, locale: Locale) -> DefinitionText:
    """Return the definition of an indicator in the reader's language."""
    parts = tuple(
        (locale.translate(MESSAGES[name]), text) for name, text in _parts(indicator, locale)
    )
    return DefinitionText(locale.translate(indicator.sentence), parts)


def _parts(indicator: Indicator, locale: Locale) -> Iterator[tuple[str, str]]:
    yield "numerator", locale.translate(indicator.numerator)
    yield "denominator", locale.translate(indicator.denominator)
    yield "clock", locale.translate(indicator.clock)
    yield "place_rule", locale.translate(PLACE_RULES[indicator.place_rule])
    yield "basis", "; ".join(_bases(indicator, locale))
    if indicator.caveat is not None:
        yield "caveat", locale.translate(indicator.caveat)
    status = locale.translate(STATUSES[indicator.definition_status])
    number = str(indicator.version)
    yield "definition", locale.translate(MESSAGES["version"], number=number, status=status)


def _bases(indicator: Indicator, locale: Locale) -> Iterator[str]:
    """Yield the legal task, which is the rule, and by name every measure that needs consent."""
    if any(measure.basis is Basis.TASK for measure in indicator.measures):
        yield locale.translate(BASES[Basis.TASK])
    for measure in indicator.measures:
        if measure.basis is Basis.CONSENT:
            yield f"{locale.translate(measure.title)}: {locale.translate(BASES[Basis.CONSENT])}"
