"""Keeps the logs of a stack from filling the disk."""

import shutil
from pathlib import Path

LOG_BYTES_MAX = 50_000_000
"""Days of a busy service; one older part is kept beside it."""


def cut_long_logs(folder: Path) -> None:
    """Move what is in a long log to `<name>.1`; its program goes on writing at the start.

    The programs append, so cutting under them is safe; a few lines may be lost in between.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)
