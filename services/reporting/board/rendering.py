"""Renders the board: templates, security headers, and static files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE: Final = Path(__file__).parent
_MEDIA: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
"""Only own files are loaded, no site may frame the page, no referrer is sent."""
_NO_STORE: Final = {"Cache-Control": "no-store"}
_CACHE_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A file's URL changes with its content."""


@dataclass(frozen=True, slots=True)
class _StaticFile:
    """A file that pages load."""

    content: bytes
    media: str

    def respond(self) -> Response:
        """Return the file, cacheable for ever."""
        return Response(
            self.content, media_type=self.media, headers={**SECURITY_HEADERS, **_CACHE_FOREVER}
        )


class Templates:
    """The templates and files of the board, read once."""

    def __init__(self) -> None:
        self.files: Mapping[str, _StaticFile] = {
            path.name: _StaticFile(path.read_bytes(), _MEDIA[path.suffix])
            for path in sorted((_HERE / "static").iterdir())
            if path.suffix in _MEDIA
        }
        self.assets_version = _assets_version(self.files)
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """Return the page; a template that uses a value that is not given raises an error."""
        page = self._environment.get_template(template)
        return page.render(values, assets_version=self.assets_version)

    def respond(
        self, template: str, values: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK
    ) -> HTMLResponse:
        """Return the page as a response that must not be cached."""
        headers = {**SECURITY_HEADERS, **_NO_STORE}
        return HTMLResponse(self.render(template, values), status, headers=headers)


def _assets_version(files: Mapping[str, _StaticFile]) -> str:
    """Return a hash of the files, by which browsers notice another version."""
    digest = hashlib.sha256()
    for name, file in files.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()[:12]
