"""The catalogue digest: which version of the definitions the entries were computed by."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

import schemas
import services.reporting

ROOM = Path(services.reporting.__file__).parent
PACKAGE = services.reporting.__name__
BEGIN = (ROOM / "counting" / "fold.py", *sorted((ROOM / "indicators").glob("*.py")))
SCHEMAS = Path(schemas.__file__).parent


def catalogue_digest() -> bytes:
    """SHA-256 over the bytes of the indicators, the fold, `schemas` and its lists.

    What an installation declares does not belong to it: a declared series makes measures of its
    own and changes no other (see `projection.take_series`).
    """
    digest = hashlib.sha256()
    for name, of_file in sorted(file_digests().items()):
        digest.update(f"{name}\0{of_file}\0".encode())
    return digest.digest()


def file_digests() -> dict[str, str]:
    """The SHA-256, in hexadecimal, of each file that entries depend on, by its path below us."""
    files = {*needed(BEGIN), *SCHEMAS.glob("*.py"), *SCHEMAS.glob("data/*")}
    return {
        path.relative_to(SCHEMAS.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and path.name != "reporters.csv"  # who reports changes no entry
    }


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
