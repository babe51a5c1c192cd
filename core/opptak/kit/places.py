"""Names of places as people write them, where a register has them in capitals."""

__all__ = ("written",)

_SMALL = {"i", "på", "ved", "og", "under", "an", "der", "am", "im"}
"""Words that stay small inside a name: *Mo i Rana*."""


def written(name: str) -> str:
    """Return the name of a place; one that is not all capitals is right as it is."""
    if not name.isupper():
        return name
    words = name.lower().split(" ")
    return " ".join(
        word if number and word in _SMALL else _capital(word) for number, word in enumerate(words)
    )


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
