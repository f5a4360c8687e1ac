"""Adds stories to the golden log, which holds definitions to their versions.

`python -m tests.reference.golden_log MI-13 7` adds the golden cases of an indicator, and the
crowded random log of a seed. Existing lines never change: see `lmc/render/definition_versions.py`.
"""

import json
import sys
from collections.abc import Iterable, Iterator

from lmc.render.definition_versions import GOLDEN_LOG
from tests.reference.golden import golden_cases
from tests.reference.logs import crowded_log
from tests.reference.shapes import Event


def stories(wanted: str) -> Iterator[tuple[str, list[Event]]]:
    """Yield the stories of an indicator's golden cases, or the one of a seed, each with a name."""
    if wanted.isdecimal():
        yield f"crowded log {wanted}", crowded_log(int(wanted))
    for case in golden_cases():
        if case.indicator == wanted:
            yield f"{case.indicator}: {case.claim}", case.events


def lines(wanted: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the log for these arguments."""
    for each in wanted:
        for name, events in stories(each):
            yield json.dumps(
                {"story": name, "events": events}, ensure_ascii=False, separators=(",", ":")
            )


def add(wanted: Iterable[str]) -> None:
    """Append the stories that are not yet in the log."""
    existing = GOLDEN_LOG.read_text(encoding="utf-8").splitlines() if GOLDEN_LOG.exists() else []
    new = [line for line in lines(wanted) if line not in existing]
    GOLDEN_LOG.write_text("".join(f"{line}\n" for line in [*existing, *new]), encoding="utf-8")


if __name__ == "__main__":
    add(sys.argv[1:])
