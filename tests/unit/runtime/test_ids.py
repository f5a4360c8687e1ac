"""New identifiers never repeat; derived ones always do."""

from uuid import UUID

from runtime.process.ids import RandomIds, derived_event_id

CAUSE = ("/partners/nes", "e-1")
PROPOSED = "matching.match.proposed.v1"


def test_a_new_id_is_a_uuid_of_version_7_and_new() -> None:
    ids = RandomIds()
    made = [ids.new_id() for _ in range(100)]

    assert {UUID(one).version for one in made} == {7}
    assert len(set(made)) == 100


def test_random_bytes_have_the_requested_number() -> None:
    assert len(RandomIds().random_bytes(16)) == 16


def test_an_event_derived_from_the_same_cause_has_the_same_id_for_ever() -> None:
    """The value is fixed: another one would let old derived events be published twice."""
    found = derived_event_id(CAUSE, PROPOSED, "p-1", 0)

    assert found == "44739ff9-944e-541b-9b66-4b064a7782d3"


def test_another_cause_type_subject_or_number_gives_another_id() -> None:
    others = {
        derived_event_id(CAUSE, PROPOSED, "p-1", 0),
        derived_event_id(("/partners/nes", "e-2"), PROPOSED, "p-1", 0),
        derived_event_id(("/partners/ne", "se-1"), PROPOSED, "p-1", 0),
        derived_event_id(CAUSE, "matching.match.declined.v1", "p-1", 0),
        derived_event_id(CAUSE, PROPOSED, "p-2", 0),
        derived_event_id(CAUSE, PROPOSED, "p-1", 1),
    }

    assert len(others) == 6
