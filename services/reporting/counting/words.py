"""Words that several definitions share: categories, clocks, units."""

from schemas.text import Text
from services.reporting.counting.indicator import Category

LABOUR_SUPPLY_AND_DEMAND = Category(
    "labour_supply_and_demand",
    Text(sr="Понуда и потражња рада", en="Labour supply and demand"),
)
BRAIN_CIRCULATION = Category(
    "brain_circulation", Text(sr="Циркулација знања", en="Brain circulation")
)
MONITORING_OF_RETURNS = Category(
    "monitoring_of_returns", Text(sr="Праћење повратка", en="Monitoring of returns")
)
LABOUR_MIGRANTS_IN_SERBIA = Category(
    "labour_migrants_in_serbia",
    Text(sr="Радници из иностранства у Србији", en="Labour migrants in Serbia"),
)
SERBIAN_LABOUR_MIGRANTS_ABROAD = Category(
    "serbian_labour_migrants_abroad",
    Text(sr="Радници из Србије у иностранству", en="Serbian labour migrants abroad"),
)
SOCIAL_INCLUSION = Category(
    "social_inclusion", Text(sr="Социјално укључивање", en="Social inclusion")
)
PROGRAMME_RESULTS = Category(
    "programme_results", Text(sr="Резултати програма", en="Programme results")
)

ON_ITS_DAY = Text(sr="дан догађаја", en="the day on which it happened")
AT_THE_END = Text(sr="крај последњег дана периода", en="the end of the period's last day")
AS_OBSERVED = Text(
    sr="период за који је податак објављен", en="the period for which the figure was published"
)

A_COUNT = Text(sr="нема: броје се лица", en="none: persons are counted")
A_FIGURE = Text(
    sr="основа, ако је објављена уз податак", en="the base, where one was published with the figure"
)

CONSENTED = Text(sr="од њих са пристанком", en="of them with consent")
POSITIONS = Text(sr="радна места", en="positions")
DAYS = Text(sr="дани", en="days")

UNITS = {
    "persons": Text(sr="лица", en="persons"),
    "answers": Text(sr="одговори", en="answers"),
    "companies": Text(sr="предузећа", en="companies"),
    "pieces": Text(sr="комада", en="pieces"),
    "percent": Text(sr="процената", en="percent"),
}


def unit(word: str) -> Text:
    """A declared unit in both languages; one that we have no word for stays as it was declared."""
    return UNITS.get(word, Text(sr=word, en=word))
