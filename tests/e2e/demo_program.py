"""`lmc demo` with a shorter story, in which one person fewer finds work.

    python -m tests.e2e.demo_program demo --exit …

Only those who find work are told of, so that the story is soon told.
"""

import sys
from collections.abc import Sequence

from lmc import cli, demo, story
from lmc.story import Deed
from schemas.matching import PlacementMade

chapters = story.chapters


def one_placed_fewer() -> Sequence[tuple[str, Sequence[Deed]]]:
    """The chapters of the story, with the deeds of those who found work, without the last one."""
    told = chapters()
    deeds = [deed for _, chapter in told for deed in chapter]
    *placed, _ = [deed.subject for deed in deeds if isinstance(deed.event, PlacementMade)]
    return [(title, [deed for deed in each if deed.subject in placed]) for title, each in told]


if __name__ == "__main__":
    demo.chapters = one_placed_fewer  # type: ignore[attr-defined] # the launcher plants
    demo.SETTLE_S_MAX = 5.0
    sys.exit(cli.run(sys.argv[1:]))
