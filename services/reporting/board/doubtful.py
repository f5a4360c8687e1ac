"""What is doubtful about a council's facts, as one sentence of its board."""

from services.reporting.board.tongue import Tongue
from services.reporting.board.words import WORDS
from services.reporting.quality.store import Figure


def doubtful(figure: Figure, tongue: Tongue) -> str:
    """How many jobs two sources may have told twice, and as of when; never who."""
    is_small = figure.value is None
    count = tongue.say(WORDS["small"]) if is_small else tongue.number(figure.value or 0)
    at = tongue.moment(figure.as_of)
    return tongue.say(WORDS["possible_duplicates"], count=count, at=at)
