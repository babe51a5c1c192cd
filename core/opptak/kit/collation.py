"""Order of names: Nordic letters after z, Northern Sami letters after the letter they come from.

The database sorts by code point, so lists of names are sorted here.
"""

import unicodedata

__all__ = ("sort_key",)

LAST = {"æ": "{1", "ä": "{1", "ø": "{2", "ö": "{2", "å": "{3"}
"""Letters after z; `{` follows `z` in code-point order."""

VARIANTS = {"á": "a~", "č": "c~", "đ": "d~", "ŋ": "n~", "š": "s~", "ŧ": "t~", "ž": "z~", "ß": "ss"}
"""Letters of their own that come right after another one."""

_TABLE = str.maketrans({**LAST, **VARIANTS})


def sort_key(name: str) -> tuple[str, str]:
    """Return the key to sort a name by; names that differ by case or accents alone stay together."""
    composed = unicodedata.normalize("NFC", name.strip()).lower()
    letters = unicodedata.normalize("NFD", composed.translate(_TABLE))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain, name
