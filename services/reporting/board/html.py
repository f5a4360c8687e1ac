"""HTML as the board answers it: templates, headers that keep others out, and its few files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE: Final = Path(__file__).parent
MEDIA: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SAFE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
"""Nothing but our own files is loaded, nobody frames the page, no address is passed on."""
PAGE: Final = {"Cache-Control": "no-store"}
FILE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A file's address changes with its content."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that pages load."""

    content: bytes
    media: str

    def answer(self) -> Response:
        """The file, to be kept for good."""
        return Response(self.content, media_type=self.media, headers={**SAFE, **FILE})


class Paper:
    """The templates and files of the board, read once."""

    def __init__(self) -> None:
        self.files: Mapping[str, StaticFile] = {
            path.name: StaticFile(path.read_bytes(), MEDIA[path.suffix])
            for path in sorted((HERE / "static").iterdir())
            if path.suffix in MEDIA
        }
        self.edition = _edition(self.files)
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, template: str, told: Mapping[str, object]) -> str:
        """The page; a template that names what it was not told fails."""
        return self._environment.get_template(template).render(told, edition=self.edition)

    def answer(
        self, template: str, told: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK
    ) -> HTMLResponse:
        """The page as an answer that nobody keeps."""
        return HTMLResponse(self.render(template, told), status, headers={**SAFE, **PAGE})


def _edition(files: Mapping[str, StaticFile]) -> str:
    """What tells one version of the files from another."""
    digest = hashlib.sha256()
    for name, file in files.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()[:12]
