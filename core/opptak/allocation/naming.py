"""Sentences made readable: units by the name of their house, criteria by what they are about. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from opptak.engine.explain import Sentence
from opptak.kit.i18n import Translator
from opptak.tenancy.config import Criteria

__all__ = ("named",)


def named(
    sentences: Iterable[Sentence], *, units: Mapping[str, str], criteria: Criteria, text: Translator
) -> list[Sentence]:
    """Return the sentences with names in place of ids, in the translator's language; `units` are by id."""
    facts = {rule.id: rule.fact for rule in criteria.rules}
    return [
        msgspec.structs.replace(sentence, params=_named(sentence.params, units, facts, text))
        for sentence in sentences
    ]


def _named(
    params: Mapping[str, int | str], units: Mapping[str, str], facts: Mapping[str, str], text: Translator
) -> dict[str, int | str]:
    found = dict(params)
    if "program" in found:
        found["program"] = units[str(found["program"])]
    if "criterion" in found:
        found["criterion"] = _criterion(str(found["criterion"]), facts, text)
    return found


def _criterion(criterion: str, facts: Mapping[str, str], text: Translator) -> str:
    """Return the tenant's own words for a criterion, else those for the fact it tests."""
    own = f"allocation.criterion.{criterion}"
    return text(own) if text.knows(own) else text(f"admission.fact.{facts.get(criterion, criterion)}")
