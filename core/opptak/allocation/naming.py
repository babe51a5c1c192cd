"""Sentences made readable: units by the name of their house, criteria by what they are about. Pure."""

from collections.abc import Iterable, Mapping

import msgspec
from babel.numbers import format_decimal

from opptak.admission.schemas import Fact
from opptak.engine.explain import Sentence, filled
from opptak.kit.i18n import Translator
from opptak.tenancy.config import Criteria, Criterion

__all__ = ("named",)

KILOMETRE = 1000


def named(
    sentences: Iterable[Sentence], *, units: Mapping[str, str], criteria: Criteria, text: Translator
) -> list[Sentence]:
    """Return the sentences with words in place of ids, in the translator's language; `units` are by id."""
    own = (rule for statute in criteria.statutes for rule in statute.rules)
    rules = {rule.id: rule for rule in (*criteria.rules, *own)}

    def told(sentence: Sentence) -> Sentence:
        def criterion(name: str) -> str:
            return _criterion(name, rules.get(name), sentence.params.get("points"), text)

        params = filled(sentence, text, names=units, criterion=criterion)
        return msgspec.structs.replace(sentence, params=dict(params))

    return [told(sentence) for sentence in sentences]


def _criterion(name: str, rule: Criterion | None, points: object, text: Translator) -> str:
    """Return the tenant's own words for a criterion, else those for the fact it tests; of a way home, the
    longest that gives so many points.
    """
    own = f"allocation.criterion.{name}"
    if text.knows(own):
        return text(own)
    if rule is None:
        return text(f"admission.fact.{name}")
    within = [limit for limit, given in rule.bands if given == points]
    if rule.fact == Fact.DISTANCE and within:
        return _way(within[-1], text)
    return text(f"admission.fact.{rule.fact}")


def _way(metres: int, text: Translator) -> str:
    if metres < KILOMETRE:
        return text("admission.fact.distance.metres", n=metres)
    number = format_decimal(metres / KILOMETRE, format="0.#", locale=text.language)
    return text("admission.fact.distance.kilometres", n=number)
