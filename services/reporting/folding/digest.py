"""The catalogue digest: which version of the definitions the entries were computed by."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

import schemas
import services.reporting
from schemas.declarations import Declarations

ROOM = Path(services.reporting.__file__).parent
PACKAGE = services.reporting.__name__
BEGIN = (ROOM / "counting" / "fold.py", *sorted((ROOM / "indicators").glob("*.py")))
SCHEMAS = Path(schemas.__file__).parent


def catalogue_digest(declared: Declarations) -> bytes:
    """SHA-256 over the bytes of the indicators, the fold, `schemas` and its lists.

    An installation's own series belong to it, because each makes measures.
    """
    digest = hashlib.sha256()
    for path in sorted({*needed(BEGIN), *SCHEMAS.glob("*.py"), *SCHEMAS.glob("data/*")}):
        if path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    for series in sorted(declared.series):
        digest.update(f"{series}\0".encode())
    return digest.digest()


def needed(begin: Iterable[Path]) -> set[Path]:
    """These files of the room, and all others of it that they need."""
    found: set[Path] = set()
    waiting = list(begin)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _needs(path)
    return found


def _needs(path: Path) -> list[Path]:
    """The files of the room that a file imports."""
    modules = [
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    names = [module.removeprefix(f"{PACKAGE}.") for module in modules if module.startswith(PACKAGE)]
    files = [ROOM.joinpath(*name.split(".")).with_suffix(".py") for name in names]
    return [file for file in files if file.exists()]
