"""Whether a service can do its work now, and if not, why: the reasons behind readiness."""

from collections.abc import Callable

FIRST_READ = "first_read"
"""The check of what a service reads from the log before its doors show anything."""

Check = Callable[[], str | None]
"""Gives the reason why something does not work at the moment, in a few words, or None."""


class Health:
    """The named checks of one process; each part of it adds its own."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        """Ask `check` from now on; a name that is there already is replaced."""
        self._checks[name] = check

    def reason(self, name: str) -> str | None:
        """The present reason of one check; None also if there is no such check."""
        check = self._checks.get(name)
        return check() if check else None

    def reasons(self) -> dict[str, str | None]:
        """Every check's name with its present reason, None where all is well."""
        return {name: check() for name, check in self._checks.items()}
