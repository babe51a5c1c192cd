"""The reasons of an outcome, gathered by what they are about: the child itself, and each kindergarten."""

from collections.abc import Sequence

import msgspec

from opptak.engine.explain import Predicate, Sentence
from opptak.kit.i18n import Translator

__all__ = ("Part", "Reasons", "reasons")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one kindergarten."""

    name: str
    sentences: tuple[str, ...]


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome in a sentence, what counted for the child, and what happened to each wish."""

    outcome: str
    child: tuple[str, ...]
    parts: tuple[Part, ...]


def reasons(sentences: Sequence[Sentence], text: Translator) -> Reasons:
    """Gather the sentences of an explanation, each under the kindergarten it names.

    The place in a line is left out: lines have moved since the run, and an accepted place may have ended the
    waiting.
    """
    about: dict[str, list[str]] = {"": []}
    for sentence in sentences[1:]:
        if sentence.predicate is Predicate.WAITING_POSITION:
            continue
        name = str(sentence.params.get("program", ""))
        about.setdefault(name, []).append(text(sentence.key, **sentence.params))
    child = tuple(about.pop(""))
    return Reasons(
        outcome="".join(text(first.key, **first.params) for first in sentences[:1]),
        child=child,
        parts=tuple(Part(name=name, sentences=tuple(told)) for name, told in about.items()),
    )
