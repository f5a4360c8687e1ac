"""What `GET /indicators` answers of a definition: everything that a reader must know."""

import pytest

from services.reporting.answering.answers import indicator_answer
from services.reporting.counting.indicator import Indicator

from .telling import DEFINITIONS

MUST_BE_FILLED = (
    *("title", "sentence", "numerator", "denominator", "clock", "category"),
    *("place_rule", "owner", "definition_status", "measures", "links"),
)


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_every_field_is_filled(indicator: Indicator) -> None:
    told = indicator_answer(indicator)

    assert [field for field in MUST_BE_FILLED if not getattr(told, field)] == []
    assert [measure.name for measure in told.measures if not measure.classes] == []
