"""A partner is declared by a request; an id that no event could have is refused."""

import pytest

from schemas.validation.problems import Refusal
from services.intake.requests import PartnerRequest, partner_of

REQUEST = PartnerRequest(title="An office", keys={}, grants=[])


@pytest.mark.parametrize(
    ("partner_id", "code"),
    [
        ("office-0699262764", "E1203"),
        ("0101990710024", "E1201"),
        ("Office", "E1012"),
        ("", "E1012"),
    ],
)
def test_a_partner_id_that_no_event_could_have_is_refused(partner_id: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        partner_of(partner_id, REQUEST)

    assert (refused.value.problem.code, refused.value.problem.path) == (code, "$path.partner_id")
    assert partner_id == "" or partner_id not in str(refused.value.problem)


@pytest.mark.parametrize("partner_id", ["nes", "csw-70998", "office-2026", "0"])
def test_other_partner_ids_are_accepted(partner_id: str) -> None:
    assert partner_of(partner_id, REQUEST).id == partner_id
