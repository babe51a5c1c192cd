"""Order of names: Nordic letters after z, Northern Sami letters after the letter they come from.

The database sorts by code point, so lists of names are sorted here.
"""

import re
import unicodedata

__all__ = ("sort_key", "stored_key", "words")

LAST = {"æ": "{1", "ä": "{1", "ø": "{2", "ö": "{2", "å": "{3"}
"""Letters after z; `{` follows `z` in code-point order."""

VARIANTS = {"á": "a~", "č": "c~", "đ": "d~", "ŋ": "n~", "š": "s~", "ŧ": "t~", "ž": "z~", "ß": "ss"}
"""Letters of their own that come right after another one."""

FOLDED = {
    "đ": "d",
    "ŋ": "n",
    "ŧ": "t",
    "ø": "o",
    "æ": "ae",
    "ß": "ss",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
}
"""Letters that a search finds under plain ones, beside those that are a plain letter with a mark."""

_PLAIN = str.maketrans(FOLDED)
_WORD = re.compile(r"[^\W_]+")

_TABLE = str.maketrans({**LAST, **VARIANTS})


def sort_key(name: str) -> tuple[str, str]:
    """Return the key to sort a name by; names that differ by case or accents alone stay together."""
    composed = unicodedata.normalize("NFC", name.strip()).lower()
    letters = unicodedata.normalize("NFD", composed.translate(_TABLE))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain, name


def stored_key(name: str) -> str:
    """Return the key to sort a name by as one text, for a column that is sorted by code point."""
    return "\x01".join(sort_key(name))


def words(text: str) -> list[str]:
    """Return the words of a text as a search compares them: without case, accents and marks."""
    lower = unicodedata.normalize("NFC", text).casefold().translate(_PLAIN)
    letters = unicodedata.normalize("NFD", lower)
    return _WORD.findall("".join(one for one in letters if not unicodedata.combining(one)))
