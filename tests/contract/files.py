"""The paths of the committed schemas, examples and the AsyncAPI document."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "schemas" / "examples"
GOLDEN = ROOT / "schemas" / "golden"
RELEASED = ROOT / "schemas" / "released"
ASYNCAPI = ROOT / "docs" / "generated" / "asyncapi.json"
