"""What an auditor is told beside the steps: what to compute again, and what must come out."""

from collections.abc import Iterator

from opptak.engine.explain.case_worker import for_case_worker
from opptak.engine.explain.facts import Facts
from opptak.engine.explain.sentences import Param, Predicate, Sentence
from opptak.engine.lottery import lottery64
from opptak.engine.market import Standing

__all__ = ("for_auditor",)


def for_auditor(facts: Facts, child: int) -> Iterator[Sentence]:
    """Yield the facts of the record, the child's keys, and the steps of its outcome."""
    yield from _record(facts)
    yield from _keys(facts, child)
    yield from for_case_worker(facts, child)


def _record(facts: Facts) -> Iterator[Sentence]:
    record, round_ = facts.result.record, facts.instance.round
    yield _say("input", Predicate.RECORD, hash=record.input_hash)
    yield _say("rules", Predicate.RECORD, hash=record.rules_hash)
    yield _say("output", Predicate.RECORD, hash=record.output_hash)
    yield _say("engine", Predicate.RECORD, engine=record.engine, algorithm=record.algorithm.value)
    if record.solver is not None:
        yield _say("solver", Predicate.RECORD, solver=record.solver)
    yield _say("seed", Predicate.RECORD, seed=record.seed)
    if round_.commitment is not None:
        yield _say("commitment", Predicate.RECORD, hash=round_.commitment)
    yield _say("replay", Predicate.RECORD, hash=record.output_hash)


def _keys(facts: Facts, child: int) -> Iterator[Sentence]:
    row = facts.market.children[child]
    if facts.instance.rules.lottery:
        drawn = lottery64(facts.instance.round, row.family)
        yield _say("lottery", Predicate.KEY, lottery=f"{drawn:016x}")
    for wish, at in facts.rows(child):
        if at >= 0:
            key = _written(facts.market.standing(child, at))
            yield _say("key", Predicate.KEY, program=wish.program, key=key)


def _written(key: Standing) -> str:
    """Return the parts of a key as the format's page lists them, the id left out."""
    ties = ",".join(map(str, key.ties)) or "-"
    return f"{key.tier}/{int(key.fallback)}/{key.points}/{ties}/{key.lottery:016x}/{key.ordinal}"


def _say(key: str, predicate: Predicate, /, **params: Param) -> Sentence:
    return Sentence(key=f"allocation.proof.{key}", params=params, predicate=predicate)
