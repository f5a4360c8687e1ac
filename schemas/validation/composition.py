"""Make an event's JSON of its attributes and of data that were sent apart from them."""

import json
from collections.abc import Mapping

from .problems import refusal


def compose_event(attributes: Mapping[str, object], data: bytes) -> bytes:
    """Return the event's JSON with the data unchanged, so that validation sees what was sent.

    Without data the event has none. Raises Refusal if the data are no single JSON value.
    """
    try:
        text = data.decode()
        if text.strip():
            json.loads(text)
    except (ValueError, RecursionError):
        raise refusal(
            "E1101", "$", "The body is no JSON in UTF-8.", "Send the fact as one JSON object."
        ) from None
    own = json.dumps(dict(attributes))
    return f'{own[:-1]}, "data": {text}}}'.encode() if text.strip() else own.encode()
