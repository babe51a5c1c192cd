"""Sentences in the reader's language, with days and distances as they are written there."""

from datetime import date

from babel import Locale
from babel.numbers import format_decimal

from opptak.kit.i18n import Translator
from opptak.ui.dates import LOCALES, format_date

__all__ = ("Words",)

NEAR = 975
"""From this many metres on, a distance is told in kilometres."""


class Words:
    """Texts of the catalogues; a day among the parameters is spelt out."""

    def __init__(self, text: Translator) -> None:
        self._text = text

    def __call__(self, key: str, /, **params: str | int | date | None) -> str:
        """Return the text of a message."""
        return self._text(key, **{name: self._told(value) for name, value in params.items()})

    def plural(self, key: str, n: int) -> str:
        """Return the text of a message for a number of things."""
        return self._text.plural(key, n)

    def known(self, key: str) -> str:
        """Return the text of a message that others brought along; nothing where they did not."""
        return self._text(key) if key and self._text.knows(key) else ""

    def distance(self, metres: int | None) -> str:
        """Return how far it is, as the crow flies; nothing where that is not told."""
        if metres is None:
            return ""
        if metres < NEAR:
            return self._text("portal.distance.metres", metres=max(50, round(metres / 50) * 50))
        language = self._text.language
        kilometres = format_decimal(
            round(metres / 1000, 1), "#,##0.#", locale=Locale.parse(LOCALES.get(language, language))
        )
        return self._text("portal.distance.kilometres", kilometres=kilometres)

    def _told(self, value: str | int | date | None) -> str | int:
        if isinstance(value, date):
            return format_date(value, language=self._text.language)
        return "" if value is None else value
