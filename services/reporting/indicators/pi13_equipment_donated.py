"""PI-13: equipment that was donated."""

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import DefinitionStatus, Indicator, PlaceRule
from services.reporting.domain.labels import (
    A_FIGURE,
    AS_OBSERVED,
    PROGRAMME_RESULTS,
    unit_of_series,
)
from services.reporting.domain.observations import observed

PI_13 = Indicator(
    id="PI-13",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Донирана опрема", en="Equipment donated"),
    sentence=BilingualText(sr="Колико уређаја је донирано?", en="How many machines were donated?"),
    numerator=BilingualText(sr="донирани уређаји", en="machines donated"),
    denominator=A_FIGURE,
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=DefinitionStatus.REPORT,
    splits=(),
    measures=observed(
        "equipment_donated",
        BilingualText(sr="донирани уређаји", en="machines donated"),
        unit_of_series("equipment_donated"),
    ),
)
