"""How often usual ids are refused for personal data, and whether personal data ever pass.

`LMC_IDS=1000000` measures as many ids of each shape as the documents state.
"""

import os
import random

import pytest

from schemas.validation.personal_data import problem_code_in
from tests.reference.personal_data_samples import ADDRESSES, IDS, JMBGS, LAST, PHONES, Sample

IDS_OF_A_SHAPE = int(os.environ.get("LMC_IDS", "30000"))
REFUSED_MAX = 10 * IDS_OF_A_SHAPE // 1_000_000
"""Ten of a million."""
WAYS = {
    f"{kind} {way}": (code, sample)
    for kind, code, samples in (
        ("JMBG", "E1201", JMBGS),
        ("address", "E1202", ADDRESSES),
        ("phone", "E1203", PHONES),
    )
    for way, sample in samples.items()
}


def samples_of(sample: Sample, count: int) -> list[str]:
    chance = random.Random(2026)  # noqa: S311 - a test's chances
    return [sample(chance) for _ in range(count)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shape", IDS)
def test_hardly_an_id_of_a_usual_shape_is_refused(shape: str) -> None:
    ids = samples_of(IDS[shape], IDS_OF_A_SHAPE)
    refused = [each for each in ids if problem_code_in(each, [LAST], LAST)]

    assert len(refused) <= REFUSED_MAX, refused[:5]


@pytest.mark.parametrize("way", WAYS)
def test_no_personal_data_pass_in_a_usual_way_of_writing(way: str) -> None:
    code, sample = WAYS[way]
    texts = samples_of(sample, IDS_OF_A_SHAPE // 10)

    assert [each for each in texts if problem_code_in(each, [LAST], LAST) != code] == []
