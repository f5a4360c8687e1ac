"""PI-13: equipment that was donated."""

from schemas.text import Text
from services.reporting.counting.indicator import Indicator, PlaceRule, Status
from services.reporting.counting.observations import observed
from services.reporting.counting.words import A_FIGURE, AS_OBSERVED, PROGRAMME_RESULTS, unit

PI_13 = Indicator(
    id="PI-13",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Донирана опрема", en="Equipment donated"),
    sentence=Text(sr="Колико уређаја је донирано?", en="How many machines were donated?"),
    numerator=Text(sr="донирани уређаји", en="machines donated"),
    denominator=A_FIGURE,
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=Status.REPORT,
    splits=(),
    measures=observed(
        "equipment_donated",
        Text(sr="донирани уређаји", en="machines donated"),
        unit("pieces"),
    ),
)
