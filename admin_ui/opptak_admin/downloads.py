"""Files for the browser to save."""

from litestar import Response

__all__ = ("CSV", "download")

CSV = "text/csv; charset=utf-8"


def download(content: bytes, *, name: str, media_type: str) -> Response[bytes]:
    """Return a file to be saved under a name of plain ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
