"""The ways in which a process ends or waits; what a message did wrong is `schemas.problem`."""


class Exit(Exception):  # noqa: N818 - an end is not always an error
    """Ends the process with `code` after one line that says why."""

    code = 70


class UsageError(Exit):
    """A setting or an argument is wrong; starting again without a change is useless."""

    code = 2


class Missing(Exit):
    """Something that must be there (database, topic, port) is not."""

    code = 69


class Bug(Exit):
    """Our own fault; whoever watches the process starts it again."""

    code = 70


class BeginAgain(Exit):
    """A gap, a stalled reader or a lost lock: a fresh start is the cure."""

    code = 75


class AnotherLog(Exit):
    """Kafka holds another log than the one that the positions in the database belong to."""

    code = 76


class Unavailable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """The world's fault, for now: wait and try the same again, in the same order."""
