"""What somebody types to find a case: one field for whatever they have at hand. Pure."""

from datetime import date

from opptak.ui.dates import day_typed

__all__ = ("read_find",)


def read_find(typed: str) -> tuple[str, str, date | None]:
    """Return what somebody looks for as a case number, a name or a date of birth: one of the three."""
    if born_on := day_typed(typed):
        return "", "", born_on
    text = typed.strip()
    return ("", text, None) if not any(one.isdigit() for one in text) else (text, "", None)
