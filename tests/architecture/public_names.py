"""Which names of a module are public, and which of them no other module uses."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.identifiers import ROOT, python_files

_TEXTS = (
    "pyproject.toml",
    "docker-compose.yml",
    "Makefile",
    "deploy/**/*.yml",
    "deploy/Dockerfile",
)
_DOTTED = re.compile(r"[a-z_][\w]*(?:\.\w+|:\w+)+")


def unused_elsewhere(path: Path) -> list[str]:
    """The public names of a module that neither another module nor its own surface uses.

    A name is also used where a configuration names it (`package.module:name`), where a decorator of
    another object registers it, and where a type of a public function or class mentions it.
    """
    tree = parsed(path)
    if _is_migration(path) or any(name == "__all__" for name, _ in _definitions(tree)):
        return []
    used = used_names().get(module_of(path), set())
    public = {name for name, node in _definitions(tree) if _counts(name, node)}
    kept = {name for name in public if name in used}
    while found := {
        mentioned
        for name, node in _definitions(tree)
        if name in kept or (not name.startswith("_") and not _counts(name, node))
        for mentioned in _surface_of(node)
        if mentioned in public - kept
    }:
        kept |= found
    return sorted(public - kept)


def module_of(path: Path) -> str:
    """The dotted name under which other modules import a file."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] == "sdk":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text())


@cache
def used_names() -> dict[str, set[str]]:
    """For each module the names that other files take from it."""
    used: dict[str, set[str]] = {}
    for path in python_files():
        for module, name in _taken_by(path):
            used.setdefault(module, set()).add(name)
    texts = [file.read_text() for pattern in _TEXTS for file in ROOT.glob(pattern)]
    for module, name in _dotted_in("\n".join(texts)):
        used.setdefault(module, set()).add(name)
    return used


def _taken_by(path: Path) -> Iterator[tuple[str, str]]:
    """Each module and name that a file imports, reaches through an import, or names in a string."""
    package = module_of(path).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    modules: dict[str, str] = {}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            modules |= {(a.asname or a.name): a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield source, alias.name
                modules[alias.asname or alias.name] = f"{source}.{alias.name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _dotted_in(node.value)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute) and (module := modules.get(ast.unparse(node.value))):
            yield module, node.attr


def _is_migration(path: Path) -> bool:
    """Alembic reads fixed names from a migration."""
    return "migrations" in path.parts


def _dotted_in(text: str) -> Iterator[tuple[str, str]]:
    for dotted in _DOTTED.findall(text):
        module, _, name = dotted.replace(":", ".").rpartition(".")
        yield module, name


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (n for target in targets for n in ast.walk(target)):
                if isinstance(name, ast.Name):
                    yield name.id, node


def _counts(name: str, node: ast.stmt) -> bool:
    """Whether a definition can be private: neither is yet, nor is registered by a decorator."""
    if name.startswith("_") or name == "main":
        return False
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return not any(isinstance(_called(d), ast.Attribute) for d in node.decorator_list)
    return True


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _surface_of(node: ast.stmt) -> set[str]:
    """The names that a definition shows to its users: bases, fields, and types of parameters."""
    shown: list[ast.expr | None] = []
    if isinstance(node, ast.ClassDef):
        shown += [*node.bases, *(k.value for k in node.keywords)]
        for part in node.body:
            if isinstance(part, ast.AnnAssign):
                shown.append(part.annotation)
            elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not (
                part.name.startswith("_") and not part.name.startswith("__")
            ):
                shown += _types_of(part)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        shown += _types_of(node)
    elif isinstance(node, ast.AnnAssign):
        shown.append(node.annotation)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp | ast.Subscript):
        shown.append(node.value)
    return {
        name
        for expression in shown
        if expression is not None
        for part in ast.walk(expression)
        for name in _mentioned(part)
    }


def _types_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr | None]:
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [*(a.annotation for a in arguments if a is not None), function.returns]


def _mentioned(part: ast.AST) -> set[str]:
    if isinstance(part, ast.Name):
        return {part.id}
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return set(re.findall(r"\w+", part.value))
    return set()
