"""Properties of the fold for every history of recorded, corrected and retracted facts."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import EVENTS
from schemas.events.event import Event
from schemas.events.registration import ReturneeRegistered
from schemas.territory import is_council
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact, History
from services.reporting.domain.indicator import MeasureKind
from services.reporting.domain.linked_codes import merge_links

from .builders import DEFINITIONS, FIELDS, NES, SCHOOL, P, Q, make_fact, make_retraction

DAYS = tuple(
    f"{year}-{month}"
    for year in (2022, 2023)
    for month in ("01-31", "02-01", "02-28", "03-02", "08-29", "11-27")
)
TOWNS = ("70998", "79022", "80284", "80519", "89010", "90140")
VARIED: Mapping[str, tuple[object, ...]] = {
    "groups": ((), ("local",), ("returnee_other", "local"), ("asylum_seeker",)),
    "qualification": ("none", "3", "7", "not_stated"),
    "qualification_abroad": (True, False),
    "residence": TOWNS,
    "programmes": ((), ("M4SD",), ("M4SD", "ROMA-2016")),
    "whereabouts": ("same", "abroad", "died", "unreachable"),
    "month": (6, 12),
    "expected_months": (0, 12, 13),
    "service": ("mentoring", "job_search_support", "migration_counselling"),
    "channel": ("mediation", "own_search", "practice"),
    "after": ((), ("practice",)),
    "evidence": ("self", "register"),
    "placement": ("a", "b"),
    "placement_source": (NES, SCHOOL),
    "helped_by": (None, "o-nes"),
    "categories": ((), ("other",), ("youth",)),
    "municipality": TOWNS,
}
PERSONS_EVENTS = tuple(
    event for event in EVENTS if event.SUBJECT == "p" and event.TYPE.rpartition(".v")[0] in FIELDS
)


@st.composite
def recorded_facts(draw: st.DrawFn) -> Fact:
    event: type[Event] = draw(st.sampled_from(PERSONS_EVENTS))
    fields: dict[str, object] = {
        name: draw(st.sampled_from(VARIED[name])) for name in event.model_fields if name in VARIED
    }
    if event is ReturneeRegistered:
        fields["groups"] = ("returnee_readmission",)
    return make_fact(
        event,
        draw(st.sampled_from(DAYS)),
        factid=draw(st.sampled_from("ab")),
        revision=draw(st.integers(1, 3)),
        source=draw(st.sampled_from((NES, SCHOOL))),
        subject=draw(st.sampled_from((P, Q))),
        **fields,
    )


@st.composite
def retractions(draw: st.DrawFn) -> Fact:
    event = draw(st.sampled_from(PERSONS_EVENTS))
    return make_retraction(
        event.TYPE.rpartition(".v")[0],
        draw(st.sampled_from("ab")),
        revision=draw(st.integers(2, 3)),
        subject=draw(st.sampled_from((P, Q))),
    )


def histories() -> st.SearchStrategy[list[Fact]]:
    """Facts of one person under two codes; every event has an id of its own."""
    found = st.lists(
        st.one_of(recorded_facts(), recorded_facts(), recorded_facts(), retractions()), max_size=16
    )
    return found.map(
        lambda facts: [fact._replace(event_id=f"e-{n}") for n, fact in enumerate(facts)]
    )


@settings(deadline=None)  # no time limit: the machine may be busy
@given(histories(), st.data())
def test_order_and_repetition_change_no_entry(facts: list[Fact], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    shuffled = data.draw(st.permutations([*facts, *again]))

    assert entries_of(shuffled, DEFINITIONS) == entries_of(facts, DEFINITIONS)
    assert merge_links(shuffled) == merge_links(facts)


@settings(deadline=None)  # no time limit: the machine may be busy
@given(histories())
def test_every_entry_has_a_council_a_bucket_per_split_and_at_least_a_day(
    facts: list[Fact],
) -> None:
    measures = {
        name: (indicator, measure)
        for indicator in DEFINITIONS
        for name, measure in indicator.named_measures
    }
    for entry in entries_of(facts, DEFINITIONS):
        indicator, measure = measures[entry.measure]
        splits = {split.name for split in indicator.splits_of(measure)}
        lasting = measure.kind in {MeasureKind.STOCK, MeasureKind.PRESENT}

        assert is_council(entry.municipality)
        assert {split for split, _ in entry.buckets} == splits
        assert entry.until is None or (lasting and entry.on < entry.until)


@settings(deadline=None)  # no time limit: the machine may be busy
@given(histories())
def test_a_rule_counts_only_facts_of_the_classes_its_measure_names(facts: list[Fact]) -> None:
    """Otherwise the rule would be skipped for a history without these classes."""
    history = History(facts)
    for indicator in DEFINITIONS:
        for name, measure in indicator.named_measures:
            counted = {type(fact.event) for fact, *_ in measure.rule(history)}
            assert counted <= set(measure.of), name


@settings(deadline=None)  # no time limit: the machine may be busy
@given(histories())
def test_the_outcomes_of_a_sustained_return_are_a_partition(facts: list[Fact]) -> None:
    for months in (6, 12):
        found = [
            e for e in entries_of(facts, DEFINITIONS) if e.measure.startswith(f"MI-07.m{months}_")
        ]
        due = [entry for entry in found if entry.measure.endswith("_due")]

        assert len(found) == 2 * len(due)
