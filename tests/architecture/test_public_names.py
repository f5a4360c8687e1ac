"""A name without a leading underscore is one that others use."""

from pathlib import Path

import pytest

from tests.architecture.identifiers import PRODUCT, ROOT, python_files
from tests.architecture.public_names import unused_elsewhere


@pytest.mark.parametrize(
    "path", python_files(PRODUCT), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_module_hides_what_only_it_uses(path: Path) -> None:
    assert unused_elsewhere(path) == []


def test_a_name_that_no_other_module_uses_is_found() -> None:
    assert "test_a_name_that_no_other_module_uses_is_found" in unused_elsewhere(Path(__file__))
