"""Notes: what the sender of an accepted event should know. A note never refuses."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

NoteCode = Literal["N1001", "N1002", "N1003", "N1004", "N1005", "N1006"]

NOTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "N1001": "There is no such fact of yours yet; check factid, subject and `data.type`,"
        " unless the fact comes later.",
        "N1002": "There is no such placement of yours yet; if another source stated it, name"
        " `placement_source`.",
        "N1003": "A higher revision of this fact was accepted before, so this one does not count.",
        "N1004": "This fact was retracted at the same revision, so this one never counts; to state"
        " it again, write a higher revision.",
        "N1005": "The same content was accepted before under another id; it counts once.",
        "N1006": "You have sent nothing about this person before; check the code if that surprises"
        " you.",
    }
)
"""Each code with its sentence; a code never changes its meaning."""
