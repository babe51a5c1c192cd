"""From a composed letter to a tagged PDF."""

from datetime import datetime
from pathlib import Path

import msgspec

from opptak.documents.composing import LetterPage
from opptak.kit import pdf
from opptak.ui.assets import STATIC

__all__ = ("render_letter",)

FONTS = STATIC / "vendor" / "fonts"
TEMPLATE = Path(__file__).parent / "templates" / "letter.typ"


def render_letter(page: LetterPage, *, language: str, created: datetime) -> bytes:
    """Return the letter as PDF/UA-1; raises PdfFailed."""
    return pdf.render(TEMPLATE, msgspec.to_builtins(page), fonts=FONTS, created=created, language=language)
