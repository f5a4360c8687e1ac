"""The committed schemas agree with the models, and are compatible with the released ones."""

import json
from pathlib import Path

import jsonschema
import pytest

from lmc.render.rendered_files import json_texts, release, rendered_texts, stale_files
from schemas import patterns
from schemas.catalogue import BY_TYPE
from schemas.compatibility.breaking_changes import breaking_changes
from tests.contract.files import GOLDEN, RELEASED, ROOT


def test_what_is_rendered_is_neither_stale_nor_missing_nor_left_over() -> None:
    assert list(stale_files(ROOT)) == []


def test_a_stale_a_missing_and_a_left_over_file_are_reported(tmp_path: Path) -> None:
    root = tmp_path
    for path, text in rendered_texts().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    stale, missing = "docs/generated/events.md", "schemas/golden/matching.placement.made.v1.json"
    (root / stale).write_text("edited by hand", encoding="utf-8")
    (root / missing).unlink()
    (root / "schemas/golden/old.v1.json").write_text("{}", encoding="utf-8")

    sentences = set(stale_files(root))

    assert sentences == {
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
def test_every_pattern_has_a_description(type_: str) -> None:
    """The schema, the reference and the error texts contain the description."""
    schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    fields = list(schema["properties"].values())
    used = {field["pattern"] for field in fields if "pattern" in field}

    assert used <= set(patterns.DESCRIPTIONS)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_no_field_accepts_free_text(type_: str) -> None:
    """Every string is a closed list, a code or an id."""
    schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    fields = [field.get("items", field) for field in schema["properties"].values()]
    strings = [field for field in fields if field.get("type") == "string"]

    assert all("enum" in field or "pattern" in field for field in strings)


def test_the_golden_schemas_are_compatible_with_the_released_ones() -> None:
    assert breaking_changes(json_texts(RELEASED), json_texts(GOLDEN)) == ()


def test_a_release_copies_the_golden_schemas(tmp_path: Path) -> None:
    root = _root_with_golden(tmp_path)

    assert release(root) == ()
    assert json_texts(root / "schemas/released") == json_texts(GOLDEN)


def test_an_incompatible_release_is_refused(
    tmp_path: Path,
) -> None:
    root = _root_with_golden(tmp_path)
    release(root)
    released = json_texts(root / "schemas/released")
    _remove_field(root)

    sentences = release(root)

    assert sentences
    assert json_texts(root / "schemas/released") == released


def _root_with_golden(root: Path) -> Path:
    (root / "schemas/golden").mkdir(parents=True)
    for name, text in json_texts(GOLDEN).items():
        (root / f"schemas/golden/{name}.json").write_text(text, encoding="utf-8")
    return root


def _remove_field(root: Path) -> None:
    file = root / "schemas/golden/matching.placement.made.v1.json"
    schema = json.loads(file.read_bytes())
    del schema["properties"]["sector"]
    schema["required"].remove("sector")
    file.write_text(json.dumps(schema), encoding="utf-8")
