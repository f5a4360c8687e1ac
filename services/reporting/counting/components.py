"""Which codes are one subject: those that merges link, named by the least of them."""

from collections.abc import Iterable, Mapping

Link = tuple[str, str]


def roots_of(codes: Iterable[str], links: Iterable[Link]) -> Mapping[str, str]:
    """Every code with the least code of its component; a link to a code not given is left out.

    Codes compare by code point, and a link has no direction.
    """
    above = {code: code for code in codes}

    def root(code: str) -> str:
        while above[code] != code:
            above[code] = above[above[code]]
            code = above[code]
        return code

    for one, other in links:
        if one in above and other in above:
            least, greatest = sorted((root(one), root(other)))
            above[greatest] = least
    return {code: root(code) for code in above}
