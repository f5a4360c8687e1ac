"""Readiness: named checks that tell whether a service can do its work now, and if not, why."""

from collections.abc import Callable

STARTUP_REPLAY = "startup_replay"
"""The check that fails until the start-up replay of the log is complete."""

Check = Callable[[], str | None]
"""Returns in a few words why something does not work now, or None."""


class Health:
    """The readiness checks of one process; each component adds its own."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        """Add a check, or replace the one with this name."""
        self._checks[name] = check

    def reason(self, name: str) -> str | None:
        """Return the present reason of one check; None also if there is no such check."""
        check = self._checks.get(name)
        return check() if check else None

    def reasons(self) -> dict[str, str | None]:
        """Return each check's name with its present reason, None where it passes."""
        return {name: check() for name, check in self._checks.items()}
