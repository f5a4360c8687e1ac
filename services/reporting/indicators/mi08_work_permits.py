"""MI-08: foreign nationals with a valid single permit or work permit."""

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import DefinitionStatus, Indicator, PlaceRule
from services.reporting.domain.labels import (
    A_FIGURE,
    AS_OBSERVED,
    LABOUR_MIGRANTS_IN_SERBIA,
    unit_of_series,
)
from services.reporting.domain.observations import observed

MI_08 = Indicator(
    id="MI-08",
    version=1,
    category=LABOUR_MIGRANTS_IN_SERBIA,
    title=BilingualText(
        sr="Странци са важећом јединственом или радном дозволом",
        en="Foreign nationals with a valid single permit or work permit",
    ),
    sentence=BilingualText(
        sr="Колико страних држављана има важећу јединствену или радну дозволу?",
        en="How many foreign nationals hold a valid single permit or work permit?",
    ),
    numerator=BilingualText(
        sr="страни држављани са важећом дозволом, како је објављено",
        en="foreign nationals with a valid permit, as published",
    ),
    denominator=A_FIGURE,
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(),
    caveat=BilingualText(
        sr="од 1. фебруара 2024. Министарство унутрашњих послова издаје јединствену дозволу, па се "
        "ранији подаци не могу поредити са каснијим",
        en="since 1 February 2024 the Ministry of the Interior issues one single permit, so "
        "earlier figures cannot be compared with later ones",
    ),
    measures=observed(
        "work_permits",
        BilingualText(sr="важеће дозволе", en="valid permits"),
        unit_of_series("work_permits"),
    ),
)
