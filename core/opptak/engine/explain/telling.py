"""Sentences put into a language."""

from collections.abc import Callable, Mapping

from opptak.engine.explain.sentences import Sentence
from opptak.kit.i18n import Translator

__all__ = ("filled", "tell")


def tell(sentence: Sentence, tr: Translator, *, names: Mapping[str, str] | None = None) -> str:
    """Put a sentence into a language; `names` are the programs' names by id."""

    def criterion(name: str) -> str:
        label = f"allocation.criterion.{name}"
        return tr(label) if tr.knows(label) else name

    return tr(sentence.key, **filled(sentence, tr, names=names or {}, criterion=criterion))


def filled(
    sentence: Sentence, tr: Translator, *, names: Mapping[str, str], criterion: Callable[[str], str]
) -> dict[str, int | str]:
    """Return the parameters with words in place of ids, and of days in a row."""
    found: dict[str, int | str] = {}
    for name, value in sentence.params.items():
        if isinstance(value, tuple):
            found[name] = _in_a_row([tr(f"allocation.day.{day}") for day in value], tr)
        elif name == "program":
            found[name] = names.get(str(value), value)
        elif name == "criterion":
            found[name] = criterion(str(value))
        else:
            found[name] = value
    return found


def _in_a_row(words: list[str], tr: Translator) -> str:
    """Join words as the language does: a, b and c."""
    return (
        tr("allocation.row", first=", ".join(words[:-1]), last=words[-1])
        if len(words) > 1
        else "".join(words)
    )
