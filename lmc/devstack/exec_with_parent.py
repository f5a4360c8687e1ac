"""Replace this process by a command that gets a signal when its parent dies; run as a script."""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Take the signal, the parent's pid, `uid:gid` or `-`, then the command; exec the command.

    The signal is set after the change of user, which would clear it. If the parent died before the
    signal was set, its pid is no longer our parent's pid, and the process ends.
    """
    signal, parent, user, *command = arguments
    if user != "-":
        _change_user(*(int(number) for number in user.split(":")))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the parent process has ended")
    os.execv(command[0], command)  # noqa: S606 - that is what this file is for


def _change_user(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


if __name__ == "__main__":
    main(sys.argv[1:])
