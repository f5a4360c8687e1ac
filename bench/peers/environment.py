"""The environment of every peer, in any language: the engines' addresses and its own folder."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TABLE = """
CREATE TABLE placed (
    municipality text NOT NULL,
    month text NOT NULL,
    sex text NOT NULL,
    persons integer NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (municipality, month, sex)
)
"""

WRITE = """
INSERT INTO placed (municipality, month, sex, persons)
SELECT split_part(cell, '|', 1), split_part(cell, '|', 2), split_part(cell, '|', 3), persons
FROM unnest({cells}::text[], {persons}::integer[]) AS counted (cell, persons)
ON CONFLICT (municipality, month, sex) DO UPDATE
SET persons = excluded.persons, written_at = clock_timestamp()
"""
"""A count replaces the stored one, so that writing it twice does no harm."""

STARTED = "started"
"""The file in the peer's folder with the instant at which it read its first record."""


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """Kafka's address, the database, the peer's name and its folder."""

    kafka: str
    database: str
    name: str
    folder: Path

    @classmethod
    def from_process(cls) -> Self:
        """Read the environment variables."""
        names = ("kafka", "database", "name", "folder")
        kafka, database, name, folder = (os.environ[f"PEER_{each.upper()}"] for each in names)
        return cls(kafka, database, name, Path(folder))

    def variables(self) -> Mapping[str, str]:
        """Return the environment variables for the peer's process."""
        return {
            "PEER_KAFKA": self.kafka,
            "PEER_DATABASE": self.database,
            "PEER_NAME": self.name,
            "PEER_FOLDER": str(self.folder),
        }

    def councils(self) -> dict[str, str]:
        """Return the council of each municipality code."""
        lines = (self.folder / "councils").read_text().splitlines()
        pairs = (line.split() for line in lines)
        return {pair[0]: pair[1] for pair in pairs}

    def note_start(self) -> None:
        """Write the instant of the first record; later calls change nothing."""
        file = self.folder / STARTED
        if not file.exists():
            file.write_text(f"{time.time()}\n")
