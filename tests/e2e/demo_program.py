"""Run `lmc demo` with a shorter story, in which one person fewer finds work.

    python -m tests.e2e.demo_program demo --exit …

Only the persons who find work are in the story, so that it is short.
"""

import sys
from collections.abc import Sequence
from functools import partial

from lmc.cli import main
from lmc.demo import m4sd_story, playback
from lmc.demo.scripted_event import ScriptedEvent
from schemas.events.matching import PlacementMade

chapters = m4sd_story.chapters


def one_placed_fewer() -> Sequence[tuple[str, Sequence[ScriptedEvent]]]:
    """Return the story's chapters for the persons who found work, without the last of them."""
    full_story = chapters()
    events = [event for _, chapter in full_story for event in chapter]
    *placed, _ = [each.subject for each in events if isinstance(each.event, PlacementMade)]
    return [
        (title, [each for each in chapter if each.subject in placed])
        for title, chapter in full_story
    ]


if __name__ == "__main__":
    playback.chapters = one_placed_fewer  # type: ignore[attr-defined] # the launcher replaces it
    playback.play = partial(playback.play, settle_s_max=5.0)
    sys.exit(main.run(sys.argv[1:]))
