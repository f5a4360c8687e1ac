"""`GET /indicators` returns of each definition everything that a reader must know."""

import pytest

from services.reporting.api.indicators import indicator_response
from services.reporting.domain.indicator import Indicator

from .builders import DEFINITIONS

MUST_BE_FILLED = (
    *("title", "sentence", "numerator", "denominator", "clock", "category"),
    *("place_rule", "owner", "definition_status", "measures", "links"),
)


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_every_field_is_filled(indicator: Indicator) -> None:
    response = indicator_response(indicator)

    assert [field for field in MUST_BE_FILLED if not getattr(response, field)] == []
    assert [measure.name for measure in response.measures if not measure.classes] == []
