"""Validate the AsyncAPI document by the official schema of the npm package @asyncapi/specs.

`python -m tests.contract.official_asyncapi node_modules/@asyncapi/specs`; it needs no network.
"""

import json
import sys
from pathlib import Path

import jsonschema

from tests.contract.files import ASYNCAPI

SCHEMA = Path("schemas") / "3.0.0.json"
MISSING = 69


def main(arguments: list[str]) -> int:
    """Exit code 0: valid; 1: invalid, with the reasons; 2: usage; 69: the package is missing."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.contract.official_asyncapi PACKAGE_FOLDER\n")
        return 2
    schema = Path(arguments[0]) / SCHEMA
    if not schema.is_file():
        sys.stderr.write(f"{schema} is missing: install @asyncapi/specs with npm first.\n")
        return MISSING
    validator = jsonschema.Draft7Validator(json.loads(schema.read_bytes()))
    errors = list(validator.iter_errors(json.loads(ASYNCAPI.read_bytes())))
    for error in errors:
        sys.stderr.write(f"{error.json_path}: {error.message[:200]}\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
