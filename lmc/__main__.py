"""Where the command `lmc` begins: even a missing package is told in one line."""

import sys
from typing import NoReturn

MISSING = 69
"""`runtime.errors.Missing.code`, which may be out of reach here."""


def main() -> NoReturn:
    """Run the command line and end with its exit code."""
    try:
        from lmc.cli import run  # noqa: PLC0415 - what it imports may be missing
    except ModuleNotFoundError as error:
        sys.stderr.write(f"lmc: the package {error.name} is not installed. Run `make setup`.\n")
        sys.exit(MISSING)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
