"""The committed schemas say what the models say, and keep what was promised."""

import json
from pathlib import Path

import jsonschema
import pytest

from lmc.render import release, rendered, texts_in, untrue
from schemas import forms
from schemas.catalogue import BY_TYPE
from schemas.compatibility import broken
from tests.contract.files import GOLDEN, RELEASED, ROOT


def test_what_is_rendered_is_neither_stale_nor_missing_nor_left_over() -> None:
    assert list(untrue(ROOT)) == []


def test_a_stale_a_missing_and_a_left_over_file_are_told(tmp_path: Path) -> None:
    root = tmp_path
    for path, text in rendered().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    stale, missing = "docs/generated/events.md", "schemas/golden/matching.placement.made.v1.json"
    (root / stale).write_text("edited by hand", encoding="utf-8")
    (root / missing).unlink()
    (root / "schemas/golden/old.v1.json").write_text("{}", encoding="utf-8")

    told = set(untrue(root))

    assert told == {
        f"{stale} is stale",
        f"{missing} is missing",
        "schemas/golden/old.v1.json is left over",
    }


def test_every_type_has_a_golden_schema_and_nothing_else_has() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(BY_TYPE)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_a_golden_schema_is_a_schema(type_: str) -> None:
    schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == type_
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("type_", BY_TYPE)
def test_every_pattern_is_put_in_words(type_: str) -> None:
    """The words stand in the schema, in the reference and in the refusals."""
    schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    fields = list(schema["properties"].values())
    patterns = {field["pattern"] for field in fields if "pattern" in field}

    assert patterns <= set(forms.WRITTEN)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_no_field_takes_free_text(type_: str) -> None:
    """Every string is a closed list, a code or an id."""
    schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    fields = [field.get("items", field) for field in schema["properties"].values()]
    strings = [field for field in fields if field.get("type") == "string"]

    assert all("enum" in field or "pattern" in field for field in strings)


def test_what_was_released_is_kept() -> None:
    assert broken(texts_in(RELEASED), texts_in(GOLDEN)) == ()


def test_a_release_promises_the_golden_schemas(tmp_path: Path) -> None:
    root = _root_with_golden(tmp_path)

    assert release(root) == ()
    assert texts_in(root / "schemas/released") == texts_in(GOLDEN)


def test_a_release_that_breaks_a_promise_is_not_made(
    tmp_path: Path,
) -> None:
    root = _root_with_golden(tmp_path)
    release(root)
    promised = texts_in(root / "schemas/released")
    _plant_removed_field(root)

    trouble = release(root)

    assert trouble
    assert texts_in(root / "schemas/released") == promised


def _root_with_golden(root: Path) -> Path:
    (root / "schemas/golden").mkdir(parents=True)
    for name, text in texts_in(GOLDEN).items():
        (root / f"schemas/golden/{name}.json").write_text(text, encoding="utf-8")
    return root


def _plant_removed_field(root: Path) -> None:
    file = root / "schemas/golden/matching.placement.made.v1.json"
    schema = json.loads(file.read_bytes())
    del schema["properties"]["sector"]
    schema["required"].remove("sector")
    file.write_text(json.dumps(schema), encoding="utf-8")
