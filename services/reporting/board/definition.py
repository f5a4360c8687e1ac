"""What a reader is told about a number who asks what it means."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.reporting.board.tongue import Tongue
from services.reporting.board.words import BASES, PLACE_RULES, STATUSES, WORDS
from services.reporting.counting.indicator import Basis, Indicator


@dataclass(frozen=True, slots=True)
class About:
    """A definition: its question in one sentence, and its parts, each under its name."""

    sentence: str
    parts: tuple[tuple[str, str], ...]


def about(indicator: Indicator, tongue: Tongue) -> About:
    """The definition of an indicator in the reader's language."""
    parts = tuple((tongue.say(WORDS[name]), words) for name, words in _parts(indicator, tongue))
    return About(tongue.say(indicator.sentence), parts)


def _parts(indicator: Indicator, tongue: Tongue) -> Iterator[tuple[str, str]]:
    yield "numerator", tongue.say(indicator.numerator)
    yield "denominator", tongue.say(indicator.denominator)
    yield "clock", tongue.say(indicator.clock)
    yield "place_rule", tongue.say(PLACE_RULES[indicator.place_rule])
    yield "basis", "; ".join(_bases(indicator, tongue))
    if indicator.caveat is not None:
        yield "caveat", tongue.say(indicator.caveat)
    status = tongue.say(STATUSES[indicator.definition_status])
    yield "definition", tongue.say(WORDS["version"], number=str(indicator.version), status=status)


def _bases(indicator: Indicator, tongue: Tongue) -> Iterator[str]:
    """The legal task, which is the rule, and by name every measure that needs consent."""
    if any(measure.basis is Basis.TASK for measure in indicator.measures):
        yield tongue.say(BASES[Basis.TASK])
    for measure in indicator.measures:
        if measure.basis is Basis.CONSENT:
            yield f"{tongue.say(measure.title)}: {tongue.say(BASES[Basis.CONSENT])}"
