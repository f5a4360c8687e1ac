"""The identifiers of the project's Python files, SQL definitions and file names."""

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("schemas", "runtime", "services", "lmc", "sdk", "bench", "deploy", "tests")
PRODUCT = tuple(folder for folder in FOLDERS if folder != "tests")

_TABLE = re.compile(
    r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w.]+) \((.*?)^\)", re.DOTALL | re.MULTILINE
)
_COLUMN = re.compile(
    r"^\s+([a-z_]+) (?:text|bytea|integer|bigint|boolean|date|timestamptz|jsonb)", re.MULTILINE
)


def python_files(folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    """The Python files of these top-level folders; a linked folder is read once, at its home."""
    found = {
        path.resolve()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    }
    return sorted(found)


def names_in(path: Path) -> set[str]:
    """Every name in a file's code, and the names of its tables and columns."""
    source = path.read_text()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    return {name for name in names if not keyword.iskeyword(name)} | set(_sql_names(source))


def words_of(identifier: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: `FactStore` and `fact_store` have the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", identifier)
    return tuple(word for word in parted.lower().split("_") if word)


def top_level_classes(path: Path) -> list[str]:
    """The names of the classes that a module defines."""
    tree = ast.parse(path.read_text())
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def _sql_names(source: str) -> Iterator[str]:
    for table, columns in _TABLE.findall(source):
        yield from table.split(".")
        yield from _COLUMN.findall(columns)
