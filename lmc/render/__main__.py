"""`make render` writes every rendered file; `make release` releases the golden schemas."""

import sys

from lmc.render.definition_versions import VersionNotRaisedError
from lmc.render.rendered_files import ROOT, release, stale_files, write_rendered_files

_USAGE = "usage: python -m lmc.render [release]"


def main(arguments: list[str]) -> int:
    """Return 0 if done, 1 if nothing was written for a reason on stderr, 2 for wrong usage.

    Reasons: a release would break a released schema, a file is stale, or a definition makes other
    entries under an unchanged version.
    """
    if arguments not in ([], ["release"]):
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    try:
        if not arguments:
            write_rendered_files(ROOT)
            return 0
        problems = tuple(stale_files(ROOT)) or release(ROOT)
    except VersionNotRaisedError as error:
        problems = (str(error),)
    for sentence in problems:
        sys.stderr.write(f"{sentence}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
