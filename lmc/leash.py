"""Become another program that dies with the one that started it; run as a script, before `exec`."""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Arguments: the signal at the parent's death, its pid, `uid:gid` or `-`, then the command.

    The signal is set after the change of user, which would clear it. A parent that died before it
    was set is noticed by its pid.
    """
    signal, parent, user, *command = arguments
    if user != "-":
        _become(*(int(number) for number in user.split(":")))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the program that started this one is gone")
    os.execv(command[0], command)  # noqa: S606 - that is what this file is for


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


if __name__ == "__main__":
    main(sys.argv[1:])
