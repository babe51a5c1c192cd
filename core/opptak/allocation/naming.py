"""Sentences made readable: units by the name of their house, criteria by what they are about. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from opptak.engine.explain import Sentence, filled
from opptak.kit.i18n import Translator
from opptak.tenancy.config import Criteria

__all__ = ("named",)


def named(
    sentences: Iterable[Sentence], *, units: Mapping[str, str], criteria: Criteria, text: Translator
) -> list[Sentence]:
    """Return the sentences with words in place of ids, in the translator's language; `units` are by id."""
    own = (rule for statute in criteria.statutes for rule in statute.rules)
    facts = {rule.id: rule.fact for rule in (*criteria.rules, *own)}

    def criterion(name: str) -> str:
        return _criterion(name, facts, text)

    return [
        msgspec.structs.replace(
            sentence, params=dict(filled(sentence, text, names=units, criterion=criterion))
        )
        for sentence in sentences
    ]


def _criterion(criterion: str, facts: Mapping[str, str], text: Translator) -> str:
    """Return the tenant's own words for a criterion, else those for the fact it tests."""
    own = f"allocation.criterion.{criterion}"
    return text(own) if text.knows(own) else text(f"admission.fact.{facts.get(criterion, criterion)}")
