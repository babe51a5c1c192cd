"""Explanations of one result, for any child and reader."""

from collections.abc import Callable, Iterator, Mapping

from opptak.engine.explain.auditor import for_auditor
from opptak.engine.explain.case_worker import for_case_worker
from opptak.engine.explain.common import saying
from opptak.engine.explain.deep import Chances, chances_told, deeper
from opptak.engine.explain.facts import Facts
from opptak.engine.explain.parent import for_parent
from opptak.engine.explain.sentences import Explanation, Reader, Sentence, UnknownChild
from opptak.engine.instance import Instance
from opptak.engine.outcome import Outcome
from opptak.engine.result import Result

__all__ = ("Explainer", "explain")

READERS: Mapping[Reader, Callable[[Facts, int], Iterator[Sentence]]] = {
    Reader.PARENT: for_parent,
    Reader.CASE_WORKER: for_case_worker,
    Reader.AUDITOR: for_auditor,
}


def explain(
    instance: Instance,
    result: Result,
    child_id: str,
    *,
    reader: Reader = Reader.PARENT,
    deep: bool = False,
    chances: Chances | None = None,
) -> Explanation:
    """Explain one child's outcome; raises UnknownChild and ResultOfAnotherInstance.

    `deep` adds what one change alone would have given: runs of the whole round, for one child at a time.
    """
    return Explainer(instance, result).explain(child_id, reader=reader, deep=deep, chances=chances)


class Explainer:
    """Explains many children of one result; raises ResultOfAnotherInstance.

    Who has just run the round gives its `outcome`, so that it isn't worked out again.
    """

    def __init__(self, instance: Instance, result: Result, *, outcome: Outcome | None = None) -> None:
        self._facts = Facts(outcome, result) if outcome is not None else Facts.of(instance, result)

    def explain(
        self,
        child_id: str,
        *,
        reader: Reader = Reader.PARENT,
        deep: bool = False,
        chances: Chances | None = None,
    ) -> Explanation:
        """Explain one child's outcome; raises UnknownChild."""
        child = self._facts.index.get(child_id)
        if child is None:
            raise UnknownChild(child_id)
        sentences = list(READERS[reader](self._facts, child))
        say = saying(Reader.PARENT if reader is Reader.PARENT else Reader.CASE_WORKER)
        if deep:
            sentences += deeper(self._facts, child, say)
        if chances is not None:
            sentences += chances_told(self._facts, child, chances, say)
        return Explanation(child=child_id, reader=reader, sentences=_once(sentences))

    def everybody(self, reader: Reader = Reader.PARENT) -> Iterator[Explanation]:
        """Explain every child's outcome, in id order."""
        return (self.explain(child, reader=reader) for child in self._facts.index)


def _once(sentences: list[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences without what has been said: two wishes may be for one program."""
    if len(sentences) == len({(one.key, *one.params.values()) for one in sentences}):
        return tuple(sentences)
    kept: list[Sentence] = []
    for one in sentences:
        if one not in kept:
            kept.append(one)
    return tuple(kept)
