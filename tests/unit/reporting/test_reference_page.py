"""The reference page is rendered from the definitions alone."""

import re

from lmc.render.rendered_files import golden_claims
from services.reporting.domain.reference_page import render_reference

from .builders import DEFINITIONS

PAGE = render_reference(DEFINITIONS, golden_claims())


def test_every_definition_and_measure_is_on_the_page() -> None:
    for indicator in DEFINITIONS:
        assert f"### {indicator.id}\n" in PAGE
        assert indicator.sentence.sr in PAGE
        for measure in indicator.measures:
            assert f"| `{measure.name}` |" in PAGE


def test_every_golden_case_is_listed_under_its_indicator() -> None:
    for claims in golden_claims().values():
        assert f"[{claims.file}](../../{claims.file})" in PAGE
        for sentence in claims.sentences:
            assert f"- {sentence}" in PAGE


def test_proposed_definitions_carry_their_mark() -> None:
    assert len(re.findall(r"version \d+, proposed", PAGE)) == 13


def test_every_table_row_has_as_many_cells_as_its_head() -> None:
    """A stray bar in a text would break the table."""
    width = 0
    for line in PAGE.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        width = width or line.count("|")
        assert line.count("|") == width, line
