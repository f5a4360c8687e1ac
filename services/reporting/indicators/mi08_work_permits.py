"""MI-08: foreign nationals with a valid work permit."""

from schemas.text import Text
from services.reporting.counting.indicator import Indicator, PlaceRule, Status
from services.reporting.counting.observations import observed
from services.reporting.counting.words import A_FIGURE, AS_OBSERVED, LABOUR_MIGRANTS_IN_SERBIA, unit

MI_08 = Indicator(
    id="MI-08",
    category=LABOUR_MIGRANTS_IN_SERBIA,
    title=Text(
        sr="Странци са важећом радном дозволом",
        en="Foreign nationals with a valid work permit",
    ),
    sentence=Text(
        sr="Колико страних држављана има важећу радну дозволу?",
        en="How many foreign nationals hold a valid work permit?",
    ),
    numerator=Text(
        sr="страни држављани са важећом дозволом, како је објављено",
        en="foreign nationals with a valid permit, as published",
    ),
    denominator=A_FIGURE,
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=Status.PROPOSED,
    splits=(),
    measures=observed(
        "work_permits", Text(sr="важеће дозволе", en="valid permits"), unit("persons")
    ),
)
