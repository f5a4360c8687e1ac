"""Build the wheel from the repository and install it without a network."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
SDK = ROOT / "sdk"
INSTALL_S = 120
LEFTOVERS = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the sources, because a build leaves files in them."""
    for name in ("sdk", "schemas"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=LEFTOVERS)
    _pip(
        "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "sdk/", at=folder
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def install(wheel: Path, python: Path) -> None:
    """Install the wheel, with links to exactly the dependencies that it declares."""
    project = tomllib.loads((SDK / "pyproject.toml").read_text())["project"]
    [packages] = python.parents[1].glob("lib/python*/site-packages")
    for path in _dependencies(project["dependencies"]):
        link = packages / path.name
        if not link.exists():
            link.symlink_to(path)
    _pip("--python", str(python), "install", "--no-index", str(wheel), at=packages)


def _dependencies(requirements: Iterable[str]) -> Iterator[Path]:
    """The installed files and folders of the requirements, and of their requirements in turn."""
    pending, seen = [Requirement(each) for each in requirements], set()
    while pending:
        wanted = pending.pop()
        if wanted.name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted.name)
        found = distribution(wanted.name)
        pending += [Requirement(each) for each in found.requires or ()]
        names = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
        yield from (Path(str(found.locate_file(name))) for name in names)


def _pip(*arguments: str, at: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *arguments],
        cwd=at,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
