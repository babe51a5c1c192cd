"""Tagged PDF (PDF/UA-1) from Typst templates: a template that would not be accessible does not compile."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import typst

__all__ = ("PdfFailed", "render")


_one_at_a_time = Lock()
"""A compiler is not made for two threads; making one for each letter costs more than waiting."""


class PdfFailed(Exception):
    """The template did not compile with the data: an error in the template, told by its author's tools."""


def render(
    template: Path, data: Mapping[str, Any], *, fonts: Path, created: datetime, language: str
) -> bytes:
    """Return the document; the template reads `data` from `sys.inputs.data` as JSON, `language` from its own
    key.

    `fonts` is a folder with the only fonts used, so that every machine makes the same pages. `created` is the
    document's date; equal input gives equal bytes. Raises PdfFailed.
    """
    inputs = {"data": msgspec.json.encode(data).decode(), "language": language}
    try:
        with _one_at_a_time:
            made = _compiler(template, fonts).compile(
                sys_inputs=inputs,
                format="pdf",
                pdf_standards=["ua-1"],
                timestamp=int(created.timestamp()),
            )
    except typst.TypstError as error:
        # The diagnostic may quote the data, which a log must not.
        raise PdfFailed(template.name) from error
    if not isinstance(made, bytes):
        raise PdfFailed(template.name)
    return made


@lru_cache(maxsize=16)
def _compiler(template: Path, fonts: Path) -> typst.Compiler:
    return typst.Compiler(
        template,
        root=template.parent,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]),
        ignore_system_fonts=True,
    )
