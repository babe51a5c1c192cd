"""Which language a page is in: chosen here, else the person's own, else what the browser asks for."""

from datetime import timedelta
from functools import lru_cache

from opptak.kit.i18n import Catalogues
from opptak.ui.engine import Language

__all__ = ("LANGUAGE_COOKIE", "LANGUAGE_KEPT", "choices", "preferred")

LANGUAGE_COOKIE = "language"
LANGUAGE_KEPT = timedelta(days=365)

_MACRO = {"no": "nb"}
"""Tags that browsers send for a language we have under a more exact one."""


def preferred(accept_language: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header (RFC 9110 §12.5.4), most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        wanted.append((_weight(weight), _MACRO.get(language, language)))
    return tuple(language for weight, language in sorted(wanted, key=lambda each: -each[0]) if weight > 0)


@lru_cache(maxsize=256)
def choices(catalogues: Catalogues, codes: tuple[str, ...]) -> tuple[Language, ...]:
    """Return the languages to choose between, each named in itself."""
    return tuple(Language(code, catalogues.translator(code)("web.language_name")) for code in codes)


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
