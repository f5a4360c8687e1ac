"""The entry point of the command `lmc`; it reports a missing package in one line."""

import sys
from typing import NoReturn

_DEPENDENCY_MISSING = 69
"""`runtime.process.errors.DependencyMissing.code`: importing `runtime` may be what fails here."""


def main() -> NoReturn:
    """Run the command line and exit with its exit code."""
    try:
        from lmc.cli.main import run  # noqa: PLC0415 - what it imports may be missing
    except ModuleNotFoundError as error:
        sys.stderr.write(f"lmc: the package {error.name} is not installed. Run `make setup`.\n")
        sys.exit(_DEPENDENCY_MISSING)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
