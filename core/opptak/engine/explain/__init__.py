"""Explanations (begrunnelse): why a child got what it got, for its family, for staff, for an auditor."""

from opptak.engine.explain.deep import Chances
from opptak.engine.explain.explainer import Explainer, explain
from opptak.engine.explain.sentences import Explanation, Predicate, Reader, Sentence, UnknownChild
from opptak.engine.explain.telling import filled, tell

__all__ = (
    "Chances",
    "Explainer",
    "Explanation",
    "Predicate",
    "Reader",
    "Sentence",
    "UnknownChild",
    "explain",
    "filled",
    "tell",
)
