"""Writes what follows from the code: `make render`; and what is promised: `make release`.

Nothing listed here is edited by hand. A test fails if a file is stale, missing or left over.
"""

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from lmc import render_asyncapi, render_grafana, render_lists, render_reference
from schemas.catalogue import EVENTS
from schemas.compatibility import broken
from schemas.declarations import shipped
from schemas.golden import golden_text
from services.reporting.counting.reference import Claims
from services.reporting.counting.reference import render_reference as render_reference_of_indicators
from services.reporting.indicators import catalogue

ROOT = Path(__file__).parent.parent
GOLDEN = "schemas/golden"
RELEASED = "schemas/released"
CASES = ROOT / "services" / "reporting" / "indicators"

USAGE = "usage: python -m lmc.render [release]"


def rendered() -> Mapping[str, str]:
    """The text of every rendered file, by its path from the root."""
    return {path: text for texts in RENDERED for path, text in texts().items()}


def untrue(root: Path) -> Iterator[str]:
    """What `make render` would change under a root, in sentences."""
    wanted = rendered()
    for path, text in wanted.items():
        file = root / path
        if not file.is_file():
            yield f"{path} is missing"
        elif file.read_text(encoding="utf-8") != text:
            yield f"{path} is stale"
    yield from (f"{path} is left over" for path in _left_over(root, wanted))


def render(root: Path) -> None:
    """Write every rendered file, and remove what is rendered no longer."""
    wanted = rendered()
    for path, text in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for path in _left_over(root, wanted):
        (root / path).unlink()


def release(root: Path) -> tuple[str, ...]:
    """Promise the golden schemas as they are; does nothing if that would break an older promise.

    Returns what would break, in sentences.
    """
    golden = texts_in(root / GOLDEN)
    trouble = broken(texts_in(root / RELEASED), golden)
    if not trouble:
        (root / RELEASED).mkdir(parents=True, exist_ok=True)
        for name, text in golden.items():
            (root / RELEASED / f"{name}.json").write_text(text, encoding="utf-8")
    return trouble


def texts_in(folder: Path) -> Mapping[str, str]:
    """The JSON files of a folder by their names without ending; none if there is no folder."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))}


def golden_schemas() -> Mapping[str, str]:
    """One file per type."""
    return {f"{GOLDEN}/{kind.TYPE}.json": golden_text(kind) for kind in EVENTS}


def indicators() -> Mapping[str, str]:
    """The reference of indicators, as an installation without declarations of its own has them."""
    page = render_reference_of_indicators(catalogue(shipped()), golden_claims())
    return {"docs/generated/indicators.md": page}


def golden_claims() -> Mapping[str, Claims]:
    """What the golden cases beside each definition hold it to, by the indicator's id."""
    found = {}
    for file in sorted(CASES.glob("*.toml")):
        cases = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
        sentences = tuple(f"{case['claim']}." for case in cases)
        name = f"services/reporting/indicators/{file.name}"
        found[f"{file.stem[:2].upper()}-{file.stem[2:4]}"] = Claims(name, sentences)
    return found


def main(arguments: list[str]) -> int:
    """Exit code 0: done; 1: a release would break a promise, or what it needs is not rendered."""
    if arguments not in ([], ["release"]):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    if not arguments:
        render(ROOT)
        return 0
    trouble = tuple(untrue(ROOT)) or release(ROOT)
    for sentence in trouble:
        sys.stderr.write(f"{sentence}\n")
    return 1 if trouble else 0


def _left_over(root: Path, wanted: Mapping[str, str]) -> list[str]:
    there = (file for folder in OWNED for file in (root / folder).rglob("*") if file.is_file())
    paths = (file.relative_to(root).as_posix() for file in there)
    return sorted(path for path in paths if path not in wanted)


OWNED: Final = (GOLDEN, "docs/generated", "deploy/grafana/dashboards")
"""Folders in which nothing else stands."""

RENDERED: Final[tuple[Callable[[], Mapping[str, str]], ...]] = (
    render_lists.countries,
    golden_schemas,
    render_asyncapi.document,
    render_reference.events,
    indicators,
    render_grafana.dashboards,
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
