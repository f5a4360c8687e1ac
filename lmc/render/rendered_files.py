"""The files that are rendered from the code, and the release of the golden schemas.

Rendered files are never edited by hand. A test fails if one is stale, missing or left over.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from lmc.render import asyncapi, country_list, definition_versions, events_reference, grafana
from schemas.catalogue import EVENTS
from schemas.compatibility.breaking_changes import breaking_changes
from schemas.compatibility.golden_schemas import golden_schema_text
from schemas.declared_codes import shipped
from services.reporting.domain.reference_page import Claims, render_reference
from services.reporting.indicators import catalogue

ROOT = Path(__file__).parents[2]
_GOLDEN = "schemas/golden"
_RELEASED = "schemas/released"
_CASES = ROOT / "services" / "reporting" / "indicators"


def rendered_texts() -> Mapping[str, str]:
    """Return the text of every rendered file by its path from the root."""
    return {path: text for render in _RENDERERS for path, text in render().items()}


def stale_files(root: Path) -> Iterator[str]:
    """Yield a sentence for each file under a root that `make render` would change."""
    wanted = rendered_texts()
    for path, text in wanted.items():
        file = root / path
        if not file.is_file():
            yield f"{path} is missing"
        elif file.read_text(encoding="utf-8") != text:
            yield f"{path} is stale"
    yield from (f"{path} is left over" for path in _left_over(root, wanted))


def write_rendered_files(root: Path) -> None:
    """Write every rendered file under a root, and remove files that are not rendered any more.

    Raises VersionNotRaisedError before anything is written.
    """
    wanted = rendered_texts()
    for path, text in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for path in _left_over(root, wanted):
        (root / path).unlink()


def release(root: Path) -> tuple[str, ...]:
    """Release the golden schemas as they are, unless that breaks a released schema.

    Returns the breaking changes, in sentences.
    """
    golden = json_texts(root / _GOLDEN)
    breaking = breaking_changes(json_texts(root / _RELEASED), golden)
    if not breaking:
        (root / _RELEASED).mkdir(parents=True, exist_ok=True)
        for name, text in golden.items():
            (root / _RELEASED / f"{name}.json").write_text(text, encoding="utf-8")
    return breaking


def json_texts(folder: Path) -> Mapping[str, str]:
    """Return the JSON files of a folder by their stems; empty if there is no folder."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))}


def _golden_schemas() -> Mapping[str, str]:
    """Return one golden schema per event type."""
    return {f"{_GOLDEN}/{event.TYPE}.json": golden_schema_text(event) for event in EVENTS}


def _indicators_reference() -> Mapping[str, str]:
    """Return the reference of indicators for an installation with the shipped codes only."""
    page = render_reference(catalogue(shipped()), golden_claims())
    return {"docs/generated/indicators.md": page}


def golden_claims() -> Mapping[str, Claims]:
    """Return the claims of the golden cases of each definition, by the indicator's id."""
    found = {}
    for file in sorted(_CASES.glob("*.toml")):
        cases = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
        sentences = tuple(f"{case['claim']}." for case in cases)
        name = f"services/reporting/indicators/{file.name}"
        found[f"{file.stem[:2].upper()}-{file.stem[2:4]}"] = Claims(name, sentences)
    return found


def _left_over(root: Path, wanted: Mapping[str, str]) -> list[str]:
    files = (file for folder in _OWNED for file in (root / folder).rglob("*") if file.is_file())
    paths = (file.relative_to(root).as_posix() for file in files)
    return sorted(path for path in paths if path not in wanted)


_OWNED: Final = (_GOLDEN, "docs/generated", "deploy/grafana/dashboards")
"""Folders that hold rendered files only."""

_RENDERERS: Final[tuple[Callable[[], Mapping[str, str]], ...]] = (
    country_list.countries,
    _golden_schemas,
    asyncapi.document,
    events_reference.events,
    _indicators_reference,
    grafana.dashboards,
    definition_versions.versions,
)
