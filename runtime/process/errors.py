"""Errors that end a process with an exit code, and the one that asks to wait and retry."""


class ProcessExit(Exception):  # noqa: N818 - an exit is not always an error
    """Ends the process with exit code `code`, after one line that gives the reason."""

    code = 70


class UsageError(ProcessExit):
    """A setting or an argument is wrong; a restart without a change is useless."""

    code = 2


class DependencyMissing(ProcessExit):
    """A database, topic or port that the process needs is missing or refused."""

    code = 69


class InternalError(ProcessExit):
    """A defect of this program; the supervisor restarts the process."""

    code = 70


class RestartRequired(ProcessExit):
    """A gap, a stalled consumer or a lost lock: a restart is the remedy."""

    code = 75


class LogMismatch(ProcessExit):
    """Kafka holds another log than the one that the positions in the database belong to."""

    code = 76


class Unavailable(Exception):  # noqa: N818 - a temporary state, not a mistake
    """A dependency is unavailable for now: wait, then repeat the same in the same order."""
