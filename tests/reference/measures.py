"""The closed list of measures: kind, splits, days to settle, and what is summed."""

from typing import NamedTuple

from tests.reference.data_files import SERIES


class Rule(NamedTuple):
    """How the cells of one measure are counted."""

    kind: str
    splits: tuple[str, ...] = ()
    settles: int = 0
    sums: bool = False


MI_13_SPLITS = (
    *("sex", "age", "youth", "returnee", "group"),
    *("kind", "employer_kind", "sector", "occupation", "programme"),
)
MI_07_SPLITS = ("sex", "age", "modality")
OUTCOMES = ("due", "sustained", "not_active", "abroad", "unreachable", "missing")

MEASURES = {
    "MI-01.jobseekers": Rule("stock", ("occupation",)),
    "MI-01.positions": Rule("stock", ("occupation",), sums=True),
    "MI-01.notified": Rule("persons", ("occupation",), sums=True),
    "MI-02.due": Rule("cohort", ("occupation", "sector"), sums=True),
    "MI-02.unfilled": Rule("cohort", ("occupation", "sector"), sums=True),
    "MI-03.in": Rule("persons"),
    "MI-03.out": Rule("persons"),
    "MI-04.due": Rule("cohort", ("sex", "age", "qualification")),
    "MI-04.used": Rule("cohort", ("sex", "age", "qualification")),
    "MI-05.registered": Rule(
        "persons", ("sex", "age", "modality", "country", "household", "qualification")
    ),
    "MI-06.due": Rule("cohort", ("sex", "age", "modality")),
    "MI-06.done": Rule("cohort", ("sex", "age", "modality")),
    **{f"MI-07.m6_{outcome}": Rule("cohort", MI_07_SPLITS, settles=90) for outcome in OUTCOMES},
    **{f"MI-07.m12_{outcome}": Rule("cohort", MI_07_SPLITS, settles=90) for outcome in OUTCOMES},
    "MI-09.known": Rule("present", ("sex", "group")),
    "MI-09.active": Rule("persons", ("sex", "group")),
    "MI-10.departed": Rule("persons", ("sex", "age", "horizon", "qualification")),
    "MI-11.counselled": Rule("persons", ("sex", "age")),
    "MI-12.reached": Rule("persons", ("sex", "age", "youth", "group")),
    "MI-13.placed": Rule("persons", MI_13_SPLITS),
    "MI-13.durable": Rule("persons", MI_13_SPLITS),
    "MI-13.due": Rule("cohort", MI_13_SPLITS, settles=90),
    "MI-13.retained": Rule("cohort", MI_13_SPLITS, settles=90),
    "MI-13.unconfirmed": Rule("cohort", MI_13_SPLITS, settles=90),
    "PI-01.persons": Rule("persons", ("sex", "age", "returnee", "group", "programme")),
    "PI-02.persons": Rule("persons", ("sex", "age", "youth", "returnee", "group", "programme")),
    "PI-02.consented": Rule("persons", ("sex", "age", "youth", "returnee", "group", "programme")),
    "PI-03.persons": Rule("persons", ("sex", "age", "trade", "certificate", "programme")),
    "PI-04.persons": Rule("persons", ("sex", "age", "programme")),
    "PI-05.persons": Rule("persons", ("sex", "age", "programme")),
    "PI-06.persons": Rule("persons", ("sex", "age", "sector", "programme")),
    "PI-07.persons": Rule("persons", ("sex", "age", "returnee", "programme")),
    "PI-07.consented": Rule("persons", ("sex", "age", "returnee", "programme")),
    "PI-08.persons": Rule("persons", ("sex", "age", "returnee", "helped_by", "programme")),
    "PI-08.consented": Rule("persons", ("sex", "age", "returnee", "helped_by", "programme")),
    "PI-09.persons": Rule("persons", ("sex", "age", "programme")),
    "PI-10.persons": Rule("persons", ("sex", "age", "programme")),
    "PI-14.first_service": Rule("duration"),
    "PI-14.first_job": Rule("duration"),
}

OBSERVED = {
    "work_permits": "MI-08",
    "intention_permanent": "MI-11",
    "intention_temporary": "MI-11",
    "employers_surveyed": "PI-12",
    "employers_interested": "PI-12",
    "equipment_donated": "PI-13",
    "returns_requested": "MI-05",
    "returns_realised": "MI-05",
    **dict.fromkeys(
        ("population", "employed", "registered_unemployed", "moved_in", "moved_out"), "PI-17"
    ),
    **{series: "PI-11" for series in SERIES if series.startswith("survey_")},
}
"""Which indicator shows a series; the others are shown by none."""

for _series, _indicator in OBSERVED.items():
    MEASURES[f"{_indicator}.{_series}"] = Rule("observed")
    MEASURES[f"{_indicator}.{_series}_base"] = Rule("observed")
