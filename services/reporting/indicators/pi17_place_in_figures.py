"""PI-17: the place in figures of the Statistical Office and the employment service."""

from itertools import chain

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import DefinitionStatus, Indicator, PlaceRule
from services.reporting.domain.labels import A_FIGURE, AS_OBSERVED, THE_PLACE, unit_of_series
from services.reporting.domain.observations import observed

_SERIES = {
    "population": BilingualText(sr="становништво", en="population"),
    "employed": BilingualText(sr="регистровани запослени", en="registered employed"),
    "registered_unemployed": BilingualText(
        sr="регистровани незапослени", en="registered unemployed"
    ),
    "moved_in": BilingualText(sr="досељени", en="moved in"),
    "moved_out": BilingualText(sr="одсељени", en="moved out"),
}

PI_17 = Indicator(
    id="PI-17",
    version=1,
    category=THE_PLACE,
    title=BilingualText(sr="Место у бројкама", en="The place in figures"),
    sentence=BilingualText(
        sr="Колико лица у месту живи, ради и тражи посао, и колико се досели и одсели?",
        en="How many people live, work and look for work in the place, and how many move in and "
        "out?",
    ),
    numerator=BilingualText(
        sr="званични подаци о месту, како су објављени",
        en="official figures of the place, as published",
    ),
    denominator=A_FIGURE,
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=DefinitionStatus.REPORT,
    splits=(),
    measures=tuple(
        chain.from_iterable(
            observed(series, title, unit_of_series(series)) for series, title in _SERIES.items()
        )
    ),
)
