"""Refusals that several services give: not found, and erased."""

from schemas.validation.problems import Refusal, refusal


def not_found(detail: str, path: str = "$") -> Refusal:
    """Return a refusal with status 404."""
    return refusal("E1502", path, detail, "Look at /docs for what can be requested here.")


def erased(path: str) -> Refusal:
    """Return a refusal with status 410: the subject's data were erased for good."""
    return refusal(
        "E1512",
        path,
        "All that was known of this code is erased, and it is never used again.",
        "No request for it is possible; a person who comes again gets a new code.",
    )
